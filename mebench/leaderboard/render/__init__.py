"""Leaderboards as CSV, Markdown, LaTeX and a page."""
