-- Takes away what 0023_access_tokens.up.sql made: every token and session ends with it.
DROP TABLE sign_in_sessions, access_tokens;
DROP FUNCTION guard_access_token();
