DROP TABLE show_edits;
