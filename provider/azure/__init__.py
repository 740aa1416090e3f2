"""Resources on Azure, and its client."""
