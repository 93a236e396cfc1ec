DROP TABLE show_snapshots;
DROP TABLE show_file_contents;
