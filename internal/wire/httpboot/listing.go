package httpboot

import (
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"sort"
	"strings"
)

var page = template.Must(template.New("listing").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Path}}</title></head><body><h1>{{.Path}}</h1><table>
{{if .Up}}<tr><td><a href="{{.Up}}">../</a></td><td></td><td></td></tr>
{{end}}{{range .Rows}}<tr><td><a href="{{.Href}}">{{.Name}}</a></td><td align="right">{{.Size}}</td><td>{{.Time}}</td></tr>
{{end}}</table></body></html>
`))

type row struct {
	Name, Href, Time string
	Size             int64
}

// listing shows a directory of a medium, or the media. Links are absolute, so that the page
// is right with and without a slash at the end of its address.
func (s *Server) listing(w http.ResponseWriter, r *http.Request, dir []fs.DirEntry) {
	base := "/" + strings.Trim(r.URL.Path, "/")
	rows := make([]row, 0, len(dir))
	for _, e := range dir {
		x := row{Name: e.Name()}
		if i, err := e.Info(); err == nil {
			x.Size, x.Time = i.Size(), i.ModTime().UTC().Format("2006-01-02 15:04")
		}
		if e.IsDir() {
			x.Name += "/"
			x.Size = 0
		}
		x.Href = (&url.URL{Path: base + "/" + x.Name}).EscapedPath()
		rows = append(rows, x)
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].Name < rows[j].Name })
	up := ""
	if i := strings.LastIndexByte(base, '/'); i >= 0 {
		up = (&url.URL{Path: base[:i+1]}).EscapedPath()
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	if r.Method == http.MethodHead {
		return
	}
	page.Execute(w, struct {
		Path, Up string
		Rows     []row
	}{base, up, rows})
}

// front is what a person's browser sees at the root.
func (s *Server) front(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("Seedbed boot server.\n\n/images/  the media\n/healthz  /metrics\n"))
}
