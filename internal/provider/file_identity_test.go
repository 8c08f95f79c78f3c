package provider_test

import (
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// Identity needs Terraform or OpenTofu 1.12.
var withIdentity = []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)}

func TestAccFileResource_identityIsTheID(t *testing.T) {
	s := newService(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	resource.ParallelTest(t, resource.TestCase{
		TerraformVersionChecks:   withIdentity,
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{
			{
				Config: s.fromSource(source),
				ConfigStateChecks: states(
					statecheck.ExpectIdentityValueMatchesState(fileAddress, tfjsonpath.New("id")),
				),
			},
			{ // the edited file is another one
				PreConfig: func() { writeFile(t, source, two) },
				Config:    s.fromSource(source),
				ConfigStateChecks: states(
					statecheck.ExpectIdentityValueMatchesState(fileAddress, tfjsonpath.New("id")),
				),
			},
			{
				ResourceName:    fileAddress,
				ImportState:     true,
				ImportStateKind: resource.ImportBlockWithResourceIdentity,
				// The hash of a file that cannot be downloaded is learnt by the apply.
				ExpectNonEmptyPlan: true,
			},
		},
	})
}

func TestAccFileResource_importBlockByIdentity(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "notes.txt"), one)
	file := s.AddFile("notes.txt", "user_data", []byte(one))
	resource.ParallelTest(t, resource.TestCase{
		TerraformVersionChecks:   withIdentity,
		ProtoV6ProviderFactories: factories(),
		Steps: []resource.TestStep{{
			Config:            s.fromSource(source) + "import {\n  to = openai_file.test\n  identity = { id = \"" + file.ID + "\" }\n}\n",
			ConfigStateChecks: states(attribute("id", knownvalue.StringExact(file.ID)), attribute("content_sha256", knownvalue.StringExact(oneSHA256))),
			PostApplyFunc:     s.expectSent(t, "POST", 0),
		}},
	})
}
