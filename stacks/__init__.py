"""The Pulumi program: typed settings, model files, and the table from target to component."""
