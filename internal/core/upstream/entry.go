package upstream

import (
	"io"
	"net/url"
	"path"
	"strings"
	"time"
)

// Entry is what is known of one cached file beside its bytes.
type Entry struct {
	URL          string    `json:"url"`
	Size         int64     `json:"size"`
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"` // as the upstream wrote it
	Type         string    `json:"type,omitempty"`          // MIME
	Checked      time.Time `json:"checked"`                 // when the upstream last said that it is current
}

// File is a whole cached file, opened.
type File interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// Part is a file that is being fetched: it can be read while it grows, by many
// at a time. Commit makes it the entry, whole and on disk; Drop gives it up.
// Either way it can be read until Close.
type Part interface {
	io.WriteCloser
	io.ReaderAt
	Commit(Entry) error
	Drop()
}

// Steady says that a file's bytes never change under its URL: packages, whose
// names carry their version, and what is named by its checksum. Everything
// else is asked for again each time.
func Steady(u *url.URL) bool {
	if u.RawQuery != "" {
		return false
	}
	algo, _ := Checksum(u)
	return algo != "" || Package(u)
}

// Package says that a URL's name is a package's.
func Package(u *url.URL) bool {
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".deb", ".udeb", ".ddeb", ".rpm", ".drpm", ".apk", ".dsc":
		return true
	}
	return false
}

// Checksum is what a URL says of its file's bytes: the algorithm ("sha256",
// "sha512", or "" for nothing) and the sum in hex. APT asks for indexes as
// …/by-hash/SHA256/SUM, createrepo names its files SUM-primary.xml.gz.
func Checksum(u *url.URL) (algo, sum string) {
	dir, base := path.Split(u.Path)
	dir = strings.TrimSuffix(dir, "/")
	sum = base
	if path.Base(path.Dir(dir)) != "by-hash" {
		var ok bool
		if sum, _, ok = strings.Cut(base, "-"); !ok || path.Base(dir) != "repodata" {
			return "", ""
		}
	}
	sum = strings.ToLower(sum)
	if strings.Trim(sum, "0123456789abcdef") != "" {
		return "", ""
	}
	switch len(sum) {
	case 64:
		return "sha256", sum
	case 128:
		return "sha512", sum
	}
	return "", ""
}
