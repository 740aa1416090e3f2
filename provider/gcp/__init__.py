"""Resources on Google Cloud, and its client in a process of its own."""
