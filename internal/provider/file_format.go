package provider

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

// formatCheck is whether and how the content of a file is checked at plan.
type formatCheck struct {
	applies           bool // the lines are checked
	head              bool // only the first bytes are checked
	purpose, filename string
	server            jsonl.Server
}

// newFormatCheck returns the check of a file for OpenAI, or for another server, which has rules of its own.
func newFormatCheck(purpose, filename types.String, checkFormat types.Bool, otherServer bool) formatCheck {
	isKnown := checkFormat.ValueBool() && known(purpose) && known(filename)
	hasLines := jsonl.Applies(purpose.ValueString())
	server := jsonl.OpenAI
	if otherServer {
		server = jsonl.OtherServer
	}
	return formatCheck{
		applies:  isKnown && hasLines,
		head:     isKnown && !hasLines,
		purpose:  purpose.ValueString(),
		filename: filename.ValueString(),
		server:   server,
	}
}

// checker returns what the lines of the file are to be written to.
func (c formatCheck) checker() *jsonl.Checker {
	return jsonl.NewChecker(c.purpose, c.filename, jsonl.For(c.server))
}

// pointer warns about a Git LFS pointer in place of a file without lines to check: the service accepts it for any purpose, but no
// job can use it. It reads only the first bytes.
func (c formatCheck) pointer(source fileSource, content io.ReaderAt) diag.Diagnostics {
	var diags diag.Diagnostics
	if !c.head {
		return nil
	}
	head := make([]byte, jsonl.HeadSize)
	n, _ := content.ReadAt(head, 0) // a failure shows when the file is uploaded
	if jsonl.FormatOf(head[:n]) == jsonl.GitLFSPointer {
		diags.AddAttributeWarning(source.attribute, fmt.Sprintf("File %s is a Git LFS pointer", shown(c.filename)),
			source.name()+" contains a reference to the content, not the content itself. Run \"git lfs pull\" to fetch it before the apply. check_format = false turns this check off.")
	}
	return diags
}

// maxFaults is how many kinds of problems a message lists.
const maxFaults = 10

// faults describes what is wrong with JSON Lines: errors for what the upload rejects, warnings for what a later job may reject. The
// summary has the name, because Terraform shows only one of several warnings with the same summary.
func (c formatCheck) faults(source fileSource, report jsonl.Report) diag.Diagnostics {
	var diags diag.Diagnostics
	service := "OpenAI"
	if c.server != jsonl.OpenAI {
		service = "The service"
	}
	accepts := service + " accepts the upload, but the job that uses the file may reject it."
	if report.Errors > 0 {
		accepts = "Fixing the errors alone may not be enough: the job that uses the file may reject it."
		diags.AddAttributeError(source.attribute, fmt.Sprintf("File %s would be rejected for the purpose %s", shown(c.filename), c.purpose),
			source.faultList(report.Faults, jsonl.Error, report.Errors)+"\n\n"+service+" rejects the upload. check_format = false turns this check off; "+
				"\"terraform destroy -refresh=false\" skips it.")
	}
	if report.Warnings > 0 {
		diags.AddAttributeWarning(source.attribute, fmt.Sprintf("File %s may be rejected by the %s job", shown(c.filename), c.purpose),
			source.faultList(report.Faults, jsonl.Warning, report.Warnings)+"\n\n"+accepts+" check_format = false turns this check off.")
	}
	return diags
}

// where names the lines of a problem: "line 1 and 6,149 others".
func where(fault jsonl.Fault) string {
	if fault.Line == 0 {
		return "the file"
	}
	lines := []string{strconv.Itoa(fault.Line)}
	if fault.Other > 0 {
		lines = []string{strconv.Itoa(min(fault.Line, fault.Other)), strconv.Itoa(max(fault.Line, fault.Other))}
	}
	noun := "line "
	if len(lines) > 1 {
		noun = "lines "
	}
	switch others := fault.Lines - 1; {
	case others == 1:
		lines = append(lines, "1 other")
	case others > 1:
		lines = append(lines, thousands(others)+" others")
	}
	last := len(lines) - 1
	if last == 0 {
		return noun + lines[0]
	}
	return noun + strings.Join(lines[:last], ", ") + " and " + lines[last]
}

// faultList lists the first problems of a severity. It quotes nothing of inline content, which is sensitive.
func (s fileSource) faultList(faults []jsonl.Fault, severity jsonl.Severity, total int) string {
	lines := []string{s.name() + ":"}
	for _, fault := range faults {
		if fault.Severity != severity || len(lines) > maxFaults {
			continue
		}
		message := fault.Message
		if s.disk == "" {
			message = fault.Discreet
		}
		lines = append(lines, "  "+where(fault)+": "+message)
	}
	if more := total - (len(lines) - 1); more > 0 {
		lines = append(lines, fmt.Sprintf("  and %s of problems", count(more, "more kind")))
	}
	return strings.Join(lines, "\n")
}
