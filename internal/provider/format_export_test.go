package provider

import (
	"io"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// CheckFormat returns what a plan says about the format of a content that is to be uploaded to a server. An empty disk is inline content.
func CheckFormat(purpose, filename, baseURL, disk, content string, checkFormat bool) diag.Diagnostics {
	source := fileSource{attribute: path.Root("content"), disk: disk, inline: content}
	base, _ := url.Parse(baseURL)
	check := newFormatCheck(types.StringValue(purpose), types.StringValue(filename), types.BoolValue(checkFormat), isOtherServer(base, nil))
	diags := check.pointer(source, strings.NewReader(content))
	if check.applies {
		checker := check.checker()
		_, _ = io.WriteString(checker, content) // it never fails
		diags.Append(check.faults(source, checker.Report())...)
	}
	return diags
}
