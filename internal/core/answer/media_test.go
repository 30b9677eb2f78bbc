package answer

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seedbed/internal/core/image"
	"seedbed/internal/core/image/sample"
)

const mediaPage = "../../../docs/reference/media.md"

const mediaHead = `# The media that are recognised

This page is written by a test from small trees with the marker files of real media; ` + "`go test`" + ` fails when it is
not what the program does. A medium is told by its content alone; the file may have any name. A release that is in no
table works as its family. What is not recognised is kept and served all the same, and ` + "`seedbed import`" + ` says what was
looked for.

` + "`SERVER`" + ` is this server, ` + "`NAME`" + ` the image's name, ` + "`SECRET`" + ` the one-time path of a machine's answers. "Memory" is about
what a machine needs. "whole" media are fetched as one file, ` + "`/images/NAME.iso`" + `: import the .iso file, not a directory.

`

// The page of media says what the program does with each.
func TestTheReferenceOfMediaIsTrue(t *testing.T) {
	var b strings.Builder
	b.WriteString(mediaHead)
	for _, m := range sample.Media() {
		var net fs.FS
		if m.Netboot != nil {
			net = m.Netboot
		}
		img, err := image.Recognise(m.Tree, net)
		if err != nil {
			t.Fatal(err)
		}
		writeMedium(&b, m, img)
	}
	got := b.String()
	if os.Getenv("SEEDBED_UPDATE") != "" {
		if err := os.WriteFile(mediaPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(mediaPage)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("SEEDBED_UPDATE=1 writes it anew (-page +program):\n%s", d)
	}
}

func writeMedium(b *strings.Builder, m sample.Medium, img image.Image) {
	img.Name = "NAME"
	s := Subject{Image: img, Server: "http://SERVER"}
	if img.Mirror {
		s.Mirror = "http://SERVER" + path.Join("/images/NAME", img.MirrorDir)
	}
	fmt.Fprintf(b, "## %s\n\nRelease `%s`, family `%s`. Markers: %s.\n\n| | |\n|---|---|\n", m.Name, img.Release, img.Family, m.From)
	row := func(what, text string) {
		if text != "" {
			fmt.Fprintf(b, "| %s | %s |\n", what, strings.ReplaceAll(text, "|", "\\|"))
		}
	}
	for _, f := range img.Files {
		row(string(f.Role), "`"+f.Path+"` ("+string(f.Side)+")")
	}
	kind := Native(img)
	if kind == Proxmox && !img.Has(image.Answers) {
		kind = ""
	}
	if img.Netboot {
		row("arguments, a person answers", code(KernelArgs(s, "", nil)))
		if kind != "" {
			row("arguments, "+string(kind), code(KernelArgs(s, "http://SERVER/answer/SECRET/"+kind.FileName(), nil)))
		}
	}
	if kind == "" && img.Family != image.Unknown {
		row("answers", "none: a person answers, or it runs by itself")
	}
	if img.RAM > 0 {
		row("memory", fmt.Sprintf("%d MiB", img.RAM))
	}
	if img.Whole {
		row("whole", "`/images/NAME.iso`")
	}
	row("lacks", strings.Join(img.Warnings, "<br>"))
	b.WriteString("\n")
}

func code(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return "`" + strings.Join(args, " ") + "`"
}
