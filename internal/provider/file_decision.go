package provider

// contentKind is how a configuration declares the bytes of a file.
type contentKind int

const (
	// noContent: no argument has them. That is how Terraform passes a configuration whose ignore_changes covers the argument.
	noContent      contentKind = iota
	unknownContent             // not known until apply
	diskContent                // a path
	inlineContent              // content or content_base64
	secretContent              // content_wo or content_base64_wo
)

// localFacts are facts about the declared local content.
type localFacts struct {
	absent     bool // there is no file, or an empty one; an apply may still make it
	unreadable bool // there is something else, such as a directory
	hash       string
	size       int64
}

// fileFacts are what the plan of a file depends on.
type fileFacts struct {
	// The state.
	uploaded  bool   // there is a file
	hash      string // SHA-256 of its content; empty: not recorded, as after most imports and for write-only content
	size      int64  // bytes; 0: the service does not say
	hasSource bool   // the state has a path that can be kept
	versioned bool   // its content is write-only, so content_wo_version decides

	// The configuration.
	content         contentKind
	expected        string // content_sha256; empty: not set
	expectedUnknown bool
	sameVersion     bool // content_wo_version is that of the state
	replaced        bool // other arguments replace the file, whatever its content: purpose, expires_after, filename
	updated         bool // other arguments change in place
	otherName       bool // the default filename differs from the one in the state
	otherPath       bool // the last element of source differs from the one in the state

	local localFacts // of disk, inline and secret content
}

// fileAction is what happens to the content of a file.
type fileAction int

const (
	keepContent   fileAction = iota // the service keeps what it has
	adoptContent                    // the same, and the apply records the hash of the local file
	uploadContent                   // a new file
	refusePlan
)

// fileRemark is what the user must know about a plan.
type fileRemark int

const (
	noRemark      fileRemark = iota
	noLocalFile              // there is nothing to upload yet, or to compare with
	noReplacement            // the uploaded file is to be replaced, and there is nothing to replace it with
	localDiffers             // the local content is not the expected one, which the service has
	mayBeRefused             // the local content is not the expected one, and will be refused unless the apply rewrites it
	notExpected              // the content is not the expected one and stays so
	notVouched               // the same, and whether an imported file is the expected one is not known
	notCompared              // an imported file has the same name and size
	notReadable              // there is something that cannot be read
	notDeclared              // no argument has a content
)

// fileVerdict is what the plan of a file is.
type fileVerdict struct {
	action fileAction
	remark fileRemark
}

// vouched reports whether the state says that the service has the expected content.
func (f fileFacts) vouched() bool { return f.expected != "" && f.expected == f.hash }

// superseded reports whether the expected content differs from the content at the service.
func (f fileFacts) superseded() bool { return f.expected != "" && f.hash != "" && f.expected != f.hash }

// decideFile decides the plan of a file.
//
// Terraform plans a change again during the apply, when the local file may exist or differ, and then accepts no other action. So
// whatever is retained must follow from facts that are the same both times, as far as possible: a file that is missing at plan
// retains what is uploaded only if the state has a path to retain.
func decideFile(f fileFacts) fileVerdict {
	switch {
	case !f.uploaded:
		return decideNewFile(f)
	case f.expectedUnknown:
		return fileVerdict{action: uploadContent} // it comes from what makes the file, and that is about to change
	case f.versioned:
		return decideByVersion(f)
	case f.content == noContent && f.superseded():
		return fileVerdict{action: uploadContent}
	case f.content == noContent:
		return fileVerdict{action: keepContent}
	case f.content == unknownContent && f.vouched():
		return fileVerdict{action: keepContent}
	case f.content == unknownContent:
		return fileVerdict{action: uploadContent}
	case f.local.absent:
		return decideWithoutLocalFile(f)
	case f.local.unreadable && f.vouched() && !f.replaced:
		return fileVerdict{keepContent, notReadable}
	case f.local.unreadable:
		return fileVerdict{refusePlan, notReadable}
	case f.hash == "":
		return decideImported(f)
	}
	return decideByHash(f)
}

func decideNewFile(f fileFacts) fileVerdict {
	differs := f.expected != "" && f.local.hash != f.expected
	switch {
	case f.content == noContent:
		return fileVerdict{refusePlan, notDeclared}
	case f.content == unknownContent:
		return fileVerdict{action: uploadContent}
	case f.local.absent:
		return fileVerdict{uploadContent, noLocalFile}
	case f.local.unreadable:
		return fileVerdict{refusePlan, notReadable}
	case differs && f.content == diskContent:
		return fileVerdict{uploadContent, mayBeRefused}
	case differs:
		return fileVerdict{refusePlan, notExpected}
	}
	return fileVerdict{action: uploadContent}
}

// decideByVersion decides on write-only content, which cannot be compared.
func decideByVersion(f fileFacts) fileVerdict {
	switch {
	case !f.sameVersion && f.local.absent:
		return fileVerdict{uploadContent, noReplacement}
	case !f.sameVersion, f.superseded():
		return fileVerdict{action: uploadContent}
	case f.content == secretContent && f.expected != "" && !f.vouched() && f.local.hash != f.expected:
		return fileVerdict{refusePlan, notExpected}
	}
	return fileVerdict{action: keepContent}
}

func decideWithoutLocalFile(f fileFacts) fileVerdict {
	keeps := f.vouched() || f.expected == "" && f.hasSource
	// The second plan would find a file of another name: something else to upload.
	isOther := f.updated && (f.otherName || f.otherPath && !f.vouched())
	if f.replaced || !keeps || isOther {
		return fileVerdict{uploadContent, noReplacement}
	}
	return fileVerdict{keepContent, noLocalFile}
}

// decideImported compares with a file if only its name and size are known.
func decideImported(f fileFacts) fileVerdict {
	switch {
	case f.expected != "" && f.local.hash != f.expected:
		return fileVerdict{refusePlan, notVouched}
	case f.replaced, f.size != 0 && f.size != f.local.size:
		return fileVerdict{action: uploadContent}
	}
	return fileVerdict{adoptContent, notCompared}
}

func decideByHash(f fileFacts) fileVerdict {
	switch {
	case f.superseded():
		return fileVerdict{action: uploadContent}
	case f.local.hash == f.hash:
		return fileVerdict{action: keepContent}
	case f.vouched() && f.replaced:
		return fileVerdict{action: keepContent} // planning the new file says what is wrong with the local one
	case f.vouched():
		return fileVerdict{keepContent, localDiffers}
	}
	return fileVerdict{action: uploadContent}
}
