// Command terraform-provider-openai is the Terraform and OpenTofu provider for the files and vector stores of an OpenAI project.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/openaifiles/terraform-provider-openai/internal/provider"
)

// version is set when a release is built.
var version = "dev"

func main() {
	var debug bool
	flag.BoolVar(&debug, "debug", false, "run so that a debugger may be attached")
	flag.Parse()

	if err := provider.SilenceFrameworkLog(); err != nil {
		log.Fatal(err)
	}
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/openaifiles/openai",
		Debug:   debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
