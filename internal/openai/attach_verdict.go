package openai

import (
	"errors"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// attachStep is what to do after an answer to a request that attaches files.
type attachStep int

const (
	stepNext      attachStep = iota // the files are attached
	stepLook                        // some may be attached, or the same request may succeed in a moment: look, then send what is missing
	stepPostpone                    // some files are not known yet; the others can be attached before them
	stepRefuse                      // some files are refused; the others can be attached
	stepHalve                       // some file is refused, and the answer does not say which
	stepShorten                     // the server takes fewer files in one request
	stepNoBatches                   // the server does not know the operation
	stepEnd                         // no request will succeed
)

// attachVerdict is a step and what it needs to be taken.
type attachVerdict struct {
	step    attachStep
	refused []Attachment // with stepRefuse and stepPostpone
	size    int          // of a batch, with stepShorten
}

// judgeAttach decides what to do after the answer to a request that attaches files. last reports that this was the last attempt.
//
//	answer                                          step
//	409, 5xx, none                                  look, then retry what is missing, unless it is the last
//	404 that names some of the files                postpone: a new file may not be known yet
//	404 that names all of the files                 look; refuse after the last attempt
//	404 about the vector store                      end
//	404 otherwise, 405, 501                         no batches
//	400, 422 with extensions or files in it         refuse
//	400, 422 "array too long", 413                  shorten
//	400, 422 otherwise                              halve
//	other                                           end
func judgeAttach(err error, files []Attachment, last bool) attachVerdict {
	if err == nil {
		return attachVerdict{step: stepNext}
	}
	answer, ok := errors.AsType[*Error](err)
	if !ok {
		return attachVerdict{step: lookOrEnd(ambiguous(err))}
	}
	switch answer.StatusCode {
	case http.StatusNotFound:
		return judgeNotFound(answer, files, last)
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return attachVerdict{step: stepNoBatches}
	case http.StatusRequestEntityTooLarge:
		return shorten(answer, files)
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return judgeRefusal(answer, files)
	}
	return attachVerdict{step: lookOrEnd(ambiguous(err))}
}

func lookOrEnd(look bool) attachStep {
	if look {
		return stepLook
	}
	return stepEnd
}

var maximumLength = regexp.MustCompile(`maximum length (\d+)`)

// shorten decides how many files to send in one request after one with too many: as many as the refusal says, else half of them.
func shorten(answer *Error, files []Attachment) attachVerdict {
	if len(files) < 2 {
		return attachVerdict{step: stepHalve}
	}
	size := len(files) / 2
	if found := maximumLength.FindStringSubmatch(answer.Message); found != nil {
		if most, err := strconv.Atoi(found[1]); err == nil && most > 0 && most < len(files) {
			size = most
		}
	}
	return attachVerdict{step: stepShorten, size: size}
}

// judgeNotFound decides what a 404 is about: a file, the vector store, or the operation itself.
func judgeNotFound(answer *Error, files []Attachment, last bool) attachVerdict {
	named := namedFiles(answer, files)
	switch {
	case len(named) > 0 && len(named) < len(files):
		return attachVerdict{step: stepPostpone, refused: named}
	case len(named) > 0 && last:
		return attachVerdict{step: stepRefuse, refused: named}
	case len(named) > 0:
		return attachVerdict{step: stepLook}
	case answer.isJSON && strings.Contains(strings.ToLower(answer.Message), "vector store"):
		return attachVerdict{step: stepEnd}
	}
	return attachVerdict{step: stepNoBatches}
}

// judgeRefusal decides what a refusal of the content of a request is about.
func judgeRefusal(answer *Error, files []Attachment) attachVerdict {
	message := strings.ToLower(answer.Message)
	if strings.Contains(message, "array too long") || strings.Contains(message, "too many files") {
		return shorten(answer, files)
	}
	if strings.Contains(message, "has expired") && strings.Contains(message, "vector store") {
		return attachVerdict{step: stepEnd}
	}
	refused := namedFiles(answer, files)
	if len(refused) == 0 {
		refused = filesWithExtensions(namedExtensions(answer.Message), files)
	}
	if len(refused) == 0 {
		return attachVerdict{step: stepHalve}
	}
	return attachVerdict{step: stepRefuse, refused: refused}
}

// namedFiles returns the files whose ID is in a refusal.
func namedFiles(answer *Error, files []Attachment) (named []Attachment) {
	for _, file := range files {
		if answer.about(file.FileID) {
			named = append(named, file)
		}
	}
	return named
}

var extensionList = regexp.MustCompile(`[Ff]iles with extensions? \[([^\]]*)\]`)

// namedExtensions returns the extensions that a refusal names, such as .csv; an empty one stands for names without.
func namedExtensions(message string) (extensions []string) {
	found := extensionList.FindStringSubmatch(message)
	if found == nil {
		return nil
	}
	for name := range strings.SplitSeq(found[1], ",") {
		name = strings.Trim(name, ` '"`)
		switch {
		case name == "none":
			name = ""
		case !strings.HasPrefix(name, "."):
			name = "." + name
		}
		extensions = append(extensions, name)
	}
	return extensions
}

// filesWithExtensions returns the files that have one of these extensions. The service refuses upper-case ones (report.PDF) of types
// that it supports, so if a batch has both spellings, only the upper-case ones are meant.
func filesWithExtensions(extensions []string, files []Attachment) (refused []Attachment) {
	for _, extension := range extensions {
		var upper, exact []Attachment
		for _, file := range files {
			own := path.Ext(file.Name)
			switch {
			case !strings.EqualFold(own, extension):
			case own != strings.ToLower(own):
				upper = append(upper, file)
			case own == extension:
				exact = append(exact, file)
			}
		}
		if len(upper) > 0 {
			exact = upper
		}
		refused = append(refused, exact...)
	}
	return refused
}

// concernsFiles reports whether a refusal is about the type of a file, and says nothing about files of other types.
func concernsFiles(err error) bool {
	answer, ok := errors.AsType[*Error](err)
	return ok && (answer.Code == "unsupported_file" || len(namedExtensions(answer.Message)) > 0)
}

// mayConcernFile reports whether the service itself has refused the content of a request that attaches one file.
func mayConcernFile(err error) bool {
	answer, ok := errors.AsType[*Error](err)
	return ok && answer.isJSON && (answer.StatusCode == http.StatusBadRequest || answer.StatusCode == http.StatusUnprocessableEntity)
}
