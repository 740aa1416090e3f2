"""What watches a model on Azure beside the alerts at its bounds: burn rates, use, a workbook."""
