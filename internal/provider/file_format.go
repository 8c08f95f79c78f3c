package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

// formatCheck is whether and how the lines of a file are checked at plan.
type formatCheck struct {
	applies           bool
	purpose, filename string
}

func newFormatCheck(purpose, filename types.String, checkFormat types.Bool) formatCheck {
	return formatCheck{
		applies:  checkFormat.ValueBool() && known(purpose) && known(filename) && jsonl.Applies(purpose.ValueString()),
		purpose:  purpose.ValueString(),
		filename: filename.ValueString(),
	}
}

// faults tells what is wrong with JSON Lines: errors for what the upload refuses, warnings for what a later job refuses. The
// summary has the name, because Terraform shows only one of several warnings with the same summary.
func (c formatCheck) faults(source fileSource, report jsonl.Report) diag.Diagnostics {
	var diags diag.Diagnostics
	if report.Errors > 0 {
		diags.AddAttributeError(source.attribute, fmt.Sprintf("File %s would be refused for the purpose %s", c.filename, c.purpose),
			source.faultList(report.Faults, jsonl.Error, report.Errors)+"\n\nOpenAI refuses it at the upload. check_format = false turns this check off.")
	}
	if report.Warnings > 0 {
		diags.AddAttributeWarning(source.attribute, fmt.Sprintf("File %s may be useless for the purpose %s", c.filename, c.purpose),
			source.faultList(report.Faults, jsonl.Warning, report.Warnings)+"\n\nOpenAI takes the file, and the job that uses it may refuse it. check_format = false turns this check off.")
	}
	return diags
}

// where names the lines of a fault.
func where(fault jsonl.Fault) string {
	switch {
	case fault.Line == 0:
		return "the file"
	case fault.Other == 0:
		return fmt.Sprintf("line %d", fault.Line)
	}
	return fmt.Sprintf("lines %d and %d", min(fault.Line, fault.Other), max(fault.Line, fault.Other))
}

// faultList lists the first faults of a severity. Of inline content, which is sensitive, nothing is repeated.
func (s fileSource) faultList(faults []jsonl.Fault, severity jsonl.Severity, total int) string {
	lines := []string{s.name() + ":"}
	for _, fault := range faults {
		if fault.Severity != severity {
			continue
		}
		message := fault.Message
		if s.disk == "" {
			message = fault.Discreet
		}
		lines = append(lines, "  "+where(fault)+": "+message)
	}
	if more := total - (len(lines) - 1); more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return strings.Join(lines, "\n")
}
