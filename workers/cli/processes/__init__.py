"""Commands that run until somebody ends them: workers, the HTTP API, the console."""
