"""The tuned kernels. Nobody needs to read them to understand the network."""
