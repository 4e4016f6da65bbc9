"""What keeps and finds articles: library, dense and full-text search, readers of files and pages."""
