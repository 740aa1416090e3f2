"""Components that put models on AWS: SageMaker, Lambda, EKS node pools."""
