"""What ids of EC2, VPC, EFS and Systems Manager begin with, of types without more to know.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html and the actions of
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ and of EFS's API reference.
"""

from sandbox.clouds.aws.kind import Kind

__all__ = ["KINDS"]

_EC2 = {
    "ebs/snapshot:Snapshot": ("snap", "snapshot"),
    "ebs/snapshotCopy:SnapshotCopy": ("snap", "snapshot"),
    "ebs/volume:Volume": ("vol", "volume"),
    "ec2/ami:Ami": ("ami", "image"),
    "ec2/amiCopy:AmiCopy": ("ami", "image"),
    "ec2/amiFromInstance:AmiFromInstance": ("ami", "image"),
    "ec2/capacityReservation:CapacityReservation": ("cr", "capacity-reservation"),
    "ec2/carrierGateway:CarrierGateway": ("cagw", "carrier-gateway"),
    "ec2/customerGateway:CustomerGateway": ("cgw", "customer-gateway"),
    "ec2/dedicatedHost:DedicatedHost": ("h", "dedicated-host"),
    "ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": (
        "eigw",
        "egress-only-internet-gateway",
    ),
    "ec2/fleet:Fleet": ("fleet", "fleet"),
    "ec2/flowLog:FlowLog": ("fl", "vpc-flow-log"),
    "ec2/internetGateway:InternetGateway": ("igw", "internet-gateway"),
    "ec2/managedPrefixList:ManagedPrefixList": ("pl", "prefix-list"),
    "ec2/natGateway:NatGateway": ("nat", "natgateway"),
    "ec2/networkAcl:NetworkAcl": ("acl", "network-acl"),
    "ec2/networkInterface:NetworkInterface": ("eni", "network-interface"),
    "ec2/routeTable:RouteTable": ("rtb", "route-table"),
    "ec2/vpcDhcpOptions:VpcDhcpOptions": ("dopt", "dhcp-options"),
    "ec2/vpcEndpoint:VpcEndpoint": ("vpce", "vpc-endpoint"),
    "ec2/vpcEndpointService:VpcEndpointService": ("vpce-svc", "vpc-endpoint-service"),
    "ec2/vpcIpam:VpcIpam": ("ipam", "ipam"),
    "ec2/vpcIpamPool:VpcIpamPool": ("ipam-pool", "ipam-pool"),
    "ec2/vpcIpamScope:VpcIpamScope": ("ipam-scope", "ipam-scope"),
    "ec2/vpcPeeringConnection:VpcPeeringConnection": ("pcx", "vpc-peering-connection"),
    "ec2/vpnConnection:VpnConnection": ("vpn", "vpn-connection"),
    "ec2/vpnGateway:VpnGateway": ("vgw", "vpn-gateway"),
    "ec2transitgateway/routeTable:RouteTable": ("tgw-rtb", "transit-gateway-route-table"),
    "ec2transitgateway/transitGateway:TransitGateway": ("tgw", "transit-gateway"),
    "ec2transitgateway/vpcAttachment:VpcAttachment": ("tgw-attach", "transit-gateway-attachment"),
}
_EFS = {
    "efs/accessPoint:AccessPoint": ("fsap", "access-point"),
    "efs/fileSystem:FileSystem": ("fs", "file-system"),
    "efs/mountTarget:MountTarget": ("fsmt", "mount-target"),
}
_SSM = {
    "ssm/maintenanceWindow:MaintenanceWindow": ("mw", "maintenancewindow"),
}

KINDS = {
    f"aws:{token}": Kind(
        arn=f"arn:aws:{service}:{{region}}:{{account}}:{noun}/{{id}}",
        id=f"{prefix}-{{hex17}}",
        name="",
    )
    for service, types in (("ec2", _EC2), ("elasticfilesystem", _EFS), ("ssm", _SSM))
    for token, (prefix, noun) in types.items()
}
