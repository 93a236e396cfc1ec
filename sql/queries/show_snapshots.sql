-- name: find_snapshot
-- One row: SHA-256 by path of a snapshot; none if it was not saved.
SELECT files FROM show_snapshots WHERE digest = %(digest)s;

-- name: save_snapshot
-- Saves which files a snapshot has. Returns no row.
INSERT INTO show_snapshots (digest, files) VALUES (%(digest)s, %(files)s) ON CONFLICT (digest) DO NOTHING;

-- name: list_missing_contents
-- Those of these digests that no content is saved of.
SELECT wanted.sha256
FROM unnest(%(sha256s)s::text[]) AS wanted (sha256)
WHERE NOT EXISTS (SELECT FROM show_file_contents WHERE show_file_contents.sha256 = wanted.sha256);

-- name: save_content
-- Saves the content of a file. Returns no row.
INSERT INTO show_file_contents (sha256, content) VALUES (%(sha256)s, %(content)s) ON CONFLICT (sha256) DO NOTHING;

-- name: find_content
-- One row: the content with this digest; none if it was not saved.
SELECT content FROM show_file_contents WHERE sha256 = %(sha256)s;
