"""What a cluster with GPUs needs beside its nodes, by the projects' own charts."""
