"""Resources on AWS, and its client boto3."""
