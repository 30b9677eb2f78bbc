package app

import (
	"strings"
	"testing"

	"seedbed/internal/config"
	"seedbed/internal/core/image"
)

// Which image can be installed by install: and no word about a mirror.
func TestProfilesFitTheirImages(t *testing.T) {
	const settings = "interfaces: [eth1]\nsubnets: [{network: 192.0.2.0/24}]\nprofiles:\n  p:\n    image: x\n    install: {root-password: \"$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3Jk\"}\n"
	c, err := config.Parse("seedbed.yaml", []byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	kernel := image.File{Role: image.Kernel, Side: image.Medium, Path: "linux"}
	for _, k := range []struct {
		img  image.Image
		want string
	}{
		{image.Image{Family: image.Debian, Netboot: true, Files: []image.File{kernel}}, "names no mirror"},
		{image.Image{Family: image.Debian, Netboot: true, Mirror: true, Files: []image.File{kernel}}, ""},
		{image.Image{Family: image.SUSE, Netboot: true, Files: []image.File{kernel}}, "names no mirror"},
		{image.Image{Family: image.Subiquity, Netboot: true, Files: []image.File{kernel}}, ""},
		{image.Image{Family: image.CoreOS, Netboot: true, Files: []image.File{kernel}}, ""},
		{image.Image{Family: image.Proxmox, Netboot: true, Files: []image.File{kernel}}, "not prepared"},
		{image.Image{Family: image.Proxmox, Netboot: true, Files: []image.File{kernel, {Role: image.Answers}}}, ""},
		{image.Image{Family: image.Debian, Files: []image.File{kernel}}, "nothing that can be booted"},
		{image.Image{Name: "other"}, "not in the catalogue"},
	} {
		if k.img.Name == "" {
			k.img.Name = "x"
		}
		err := CheckImages(c, image.NewCatalogue([]image.Image{k.img}))
		if k.want == "" && err != nil || k.want != "" && (err == nil || !strings.Contains(err.Error(), k.want)) {
			t.Errorf("%s, mirror %v: %v, want %q", k.img.Family, k.img.Mirror, err, k.want)
		}
	}
}
