"""The only package that starts subprocesses, decodes media and writes files."""
