package book

import (
	"os"
	"testing"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
)

// BenchmarkAThousandFiles lints 1,000 files of 20 lines a round; the bar is 2 s.
func BenchmarkAThousandFiles(b *testing.B) {
	for _, kind := range []answer.Kind{answer.Kickstart, answer.Kickseed, answer.Preseed, answer.Autoinstall} {
		b.Run(string(kind), func(b *testing.B) {
			name := map[bool]string{true: "good-rhel-9", false: "good"}[kind == answer.Kickstart]
			text, err := os.ReadFile("testdata/" + string(kind) + "/" + name + ".case")
			if err != nil {
				b.Fatal(err)
			}
			r, _ := lint.ParseRelease(map[answer.Kind]string{answer.Kickstart: "rhel-9", answer.Kickseed: "ubuntu-12.04", answer.Preseed: "debian-13", answer.Autoinstall: "ubuntu-24.04"}[kind])
			for b.Loop() {
				for range 1000 {
					lint.Run(All(), &lint.Subject{Name: "f", Text: text, Kind: kind, Release: r})
				}
			}
		})
	}
}
