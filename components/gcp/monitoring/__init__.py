"""What watches a model on Google Cloud beside its two policies: objectives, burn rates, use."""
