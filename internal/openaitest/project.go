package openaitest

// account is where a key belongs. Empty ids are not named in answers.
type account struct{ organization, project string }

// project is what the keys of one project share.
type project struct {
	account
	files   *fileStore
	uploads *uploadStore
	vectors *vectorStores
	batches batchStore
}

// newProject returns an empty project. Projects of one organization share the counter attached.
func newProject(o *options, a account, attached map[string]*sharedRate) *project {
	if attached[a.organization] == nil {
		attached[a.organization] = &sharedRate{}
	}

	p := &project{account: a, files: newFileStore(o), uploads: newUploadStore(o), batches: batchStore{byID: map[string]*batch{}}}
	p.vectors = newVectorStores(o, p.files, attached[a.organization])
	return p
}

// owner returns the project that has a file, or nil.
func (s *Server) owner(fileID string) *project {
	for _, p := range s.projects {
		if _, _, ok := p.files.get(fileID); ok {
			return p
		}
	}
	return nil
}
