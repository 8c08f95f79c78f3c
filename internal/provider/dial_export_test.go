package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// NewIn returns what makes a provider whose requests stay in a network of memory.
func NewIn(network *openaitest.Network) func() provider.Provider {
	return func() provider.Provider { return &openaiProvider{version: "test", dial: network.Dial} }
}
