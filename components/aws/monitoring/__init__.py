"""What watches a model on AWS beside the alarms of its rollout: burn rates, use, a dashboard."""
