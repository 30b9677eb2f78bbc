package stock

import (
	"bufio"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"seedbed/internal/fault"
)

// Stock is what a medium holds.
type Stock struct {
	Packages map[string]bool
	Tasks    map[string]bool // Debian's tasks, Red Hat's groups and environments
	Suites   []string        // directories under dists/
}

// Bounds against hostile or damaged indexes.
const (
	maxIndex = 512 << 20 // bytes unpacked, of one index
	maxNames = 1 << 20
)

// Read looks through a tree. The error is of kind fault.NotFound where the
// tree has no index that is understood here.
func Read(tree fs.FS) (*Stock, error) {
	s := &Stock{Packages: map[string]bool{}, Tasks: map[string]bool{}}
	if err := s.debian(tree); err != nil {
		return nil, err
	}
	for _, dir := range []string{".", "BaseOS", "AppStream", "Server", "CentOS"} {
		if err := s.redhat(tree, dir); err != nil {
			return nil, err
		}
	}
	if len(s.Packages) == 0 {
		return nil, fault.New(fault.NotFound, "", "the medium has no package index that is understood")
	}
	return s, nil
}

// debian reads dists/SUITE/COMPONENT/binary-CPU/Packages, the installer's own
// parts left out.
func (s *Stock) debian(tree fs.FS) error {
	suites, err := fs.ReadDir(tree, "dists")
	if err != nil {
		return nil
	}
	for _, suite := range suites {
		dir := path.Join("dists", suite.Name())
		if st, err := fs.Stat(tree, dir); err != nil || !st.IsDir() {
			continue
		}
		s.Suites = append(s.Suites, suite.Name())
		if suite.Type()&fs.ModeSymlink != 0 {
			continue // another name of one of them
		}
		indexes, err := fs.Glob(tree, dir+"/*/binary-*")
		if err != nil {
			return err
		}
		for _, d := range indexes {
			in, err := open(tree, path.Join(d, "Packages"), path.Join(d, "Packages.gz"))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil {
				err = s.stanzas(in)
				in.Close()
			}
			if err != nil {
				return fault.Wrap(err, fault.Invalid, "is the medium whole?", "reading %s/Packages", d)
			}
		}
	}
	return nil
}

func (s *Stock) stanzas(in io.Reader) error {
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() && len(s.Packages) < maxNames {
		field, value, ok := strings.Cut(sc.Text(), ": ")
		if !ok {
			continue
		}
		switch field {
		case "Package":
			s.Packages[value] = true
			if task, ok := strings.CutPrefix(value, "task-"); ok {
				s.Tasks[task] = true
			}
		case "Provides":
			for p := range strings.SplitSeq(value, ",") {
				if words := strings.Fields(p); len(words) > 0 {
					s.Packages[words[0]] = true
				}
			}
		case "Task":
			for t := range strings.SplitSeq(value, ",") {
				s.Tasks[strings.TrimSpace(t)] = true
			}
		}
	}
	return sc.Err()
}

// redhat reads dir/repodata: the primary index and the groups (comps).
func (s *Stock) redhat(tree fs.FS, dir string) error {
	type location struct {
		Href string `xml:"href,attr"`
	}
	var md struct {
		Data []struct {
			Type     string   `xml:"type,attr"`
			Location location `xml:"location"`
		} `xml:"data"`
	}
	b, err := fs.ReadFile(tree, path.Join(dir, "repodata/repomd.xml"))
	if err != nil {
		return nil
	}
	if err := xml.Unmarshal(b, &md); err != nil {
		return fault.Wrap(err, fault.Invalid, "is the medium whole?", "reading %s/repodata/repomd.xml", dir)
	}
	for _, d := range md.Data {
		if d.Type != "primary" && d.Type != "group" {
			continue
		}
		name := path.Join(dir, d.Location.Href)
		if !fs.ValidPath(name) || path.Ext(name) != ".gz" && path.Ext(name) != ".xml" {
			continue // zstd and xz are not read: the packages are not known then
		}
		in, err := open(tree, name)
		if err == nil {
			err = s.names(in)
			in.Close()
		}
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "is the medium whole?", "reading %s", name)
		}
	}
	return nil
}

// names takes <package><name> and <rpm:entry name> under <rpm:provides> of a
// primary index, and <group> and <environment> with their <id> of a comps.
func (s *Stock) names(in io.Reader) error {
	d := xml.NewDecoder(in)
	var at []string
	for len(s.Packages) < maxNames {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			at = append(at, t.Name.Local)
			if t.Name.Local == "entry" && len(at) > 1 && at[len(at)-2] == "provides" {
				for _, a := range t.Attr {
					if a.Name.Local == "name" {
						s.Packages[a.Value] = true
					}
				}
			}
		case xml.EndElement:
			at = at[:len(at)-1]
		case xml.CharData:
			if len(at) < 2 {
				continue
			}
			switch parent, own := at[len(at)-2], at[len(at)-1]; {
			case parent == "package" && own == "name":
				s.Packages[string(t)] = true
			case (parent == "group" || parent == "environment") && (own == "id" || own == "name"):
				s.Tasks[string(t)] = true
			}
		}
	}
	return nil
}

// open opens the first name that is there, unpacked and bounded.
func open(tree fs.FS, names ...string) (io.ReadCloser, error) {
	var err error
	for _, name := range names {
		var f fs.File
		if f, err = tree.Open(name); err != nil {
			continue
		}
		r := io.Reader(f)
		if path.Ext(name) == ".gz" {
			if r, err = gzip.NewReader(bufio.NewReaderSize(f, 1<<16)); err != nil {
				f.Close()
				return nil, err
			}
		}
		return closer{io.LimitReader(r, maxIndex), f}, nil
	}
	return nil, err
}

type closer struct {
	io.Reader
	io.Closer
}
