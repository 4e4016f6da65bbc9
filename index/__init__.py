"""What keeps and finds articles: the library, both searches, readers of files and pages."""
