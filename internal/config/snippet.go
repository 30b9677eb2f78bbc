package config

import (
	"io"
	"io/fs"
	"os"
	"path"

	"go.yaml.in/yaml/v3"
)

// What the directory of snippets may hold at most.
const (
	maxSnippets     = 1000
	maxSnippetBytes = 4 << 20
)

// readSnippets reads the files in the directory that snippets: names, for
// templates to include. Links that lead out of it are faults.
func (r *reader) readSnippets(n *yaml.Node) {
	var dir string
	if r.str(n, &dir); dir == "" {
		return
	}
	root, err := os.OpenRoot(r.path(dir))
	if err != nil {
		r.bad(n, "names start from the directory of the settings file", "the directory of snippets cannot be read: %v", err)
		return
	}
	defer root.Close()
	r.cfg.Snippets = map[string]string{}
	total := 0
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			return nil
		}
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
			return err
		}
		b, err := io.ReadAll(io.LimitReader(f, maxSnippetBytes+1))
		if err != nil {
			return err
		}
		total += len(b)
		r.cfg.Snippets[name] = string(b)
		if total > maxSnippetBytes || len(r.cfg.Snippets) > maxSnippets {
			r.bad(n, "name a directory that holds snippets alone", "the directory of snippets holds more than %d files or 4 MiB", maxSnippets)
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		r.bad(n, "a snippet is a file in this directory; a link must stay in it", "a snippet of %s cannot be read: %v", path.Clean(dir), err)
	}
}

// shareSnippets hands them to the profiles' templates.
func (r *reader) shareSnippets() {
	for _, p := range r.cfg.Boot.Profiles {
		if p.AnswerFile != nil {
			p.AnswerFile.Snippets = r.cfg.Snippets
		}
	}
}
