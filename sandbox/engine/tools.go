//go:build tools

// Package engine pins the Pulumi CLI that the sandbox builds when no release can be had.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
