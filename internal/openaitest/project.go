package openaitest

// account is where a key belongs. Empty ids are not named in answers.
type account struct{ organization, project string }

// project is what the keys of one project share.
type project struct {
	account
	files   *fileStore
	uploads *uploadStore
}

func newProject(o *options, a account) *project {
	return &project{account: a, files: newFileStore(o), uploads: newUploadStore(o)}
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
