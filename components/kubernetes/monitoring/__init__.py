"""What watches a model on Kubernetes: scraping, rules and alerts, a dashboard."""
