"""Data sets: IDX files, MNIST and its download, the order of samples in an epoch, and augmentation."""
