"""What reads and writes language: embedder, generator, detector. One foreign runtime a file."""
