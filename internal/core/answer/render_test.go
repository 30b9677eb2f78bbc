package answer

import (
	"strings"
	"testing"

	"seedbed/internal/core/image"
	"seedbed/internal/fault"
)

func TestDialectIsToldFromTheText(t *testing.T) {
	for _, c := range []struct {
		want Kind
		text string
	}{
		{Preseed, "# comment\nd-i debian-installer/locale string en_US\nd-i mirror/country string manual\n"},
		{Preseed, "{{if .Domain}}d-i netcfg/get_domain string {{.Domain}}\n{{end}}\npopularity-contest popularity-contest/participate boolean false\n"},
		{Preseed, "d-i partman-auto/expert_recipe string \\\n  x :: \\\n 1 1 1 ext4 .\n"},
		{Kickstart, "#version=RHEL9\nlang en_US.UTF-8\nkeyboard us\n%packages\n@core\n%end\n"},
		{Kickstart, "\ufefftext\r\nurl --url={{.Mirror}}\r\n"},
		{Kickseed, "lang en_US\nkeyboard us\npreseed partman-basicfilesystems/no_swap boolean false\n"},
		{Kickseed, "lang en_US\npreseed --owner x a/b string c\n"},
		{Autoinstall, "#cloud-config\nautoinstall:\n  version: 1\n"},
		{Autoinstall, "# mine\nautoinstall:\n  version: 1\n"},
		{AutoYaST, "<?xml version=\"1.0\"?>\n<!DOCTYPE profile>\n<profile xmlns=\"http://www.suse.com/1.0/yast2ns\">"},
		{Ignition, "{\"ignition\": {\"version\": \"3.4.0\"}}"},
		{Agama, "{\n \"product\": {\"id\": \"SLES\"}}"},
		{"", ""}, {"", "hello world\n"}, {"", "#!/bin/sh\necho hi\n"},
	} {
		if got := KindOf(c.text); got != c.want {
			t.Errorf("%q is %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzKindOf(f *testing.F) {
	f.Add("d-i a/b string c\nlang en\n{{x}}")
	f.Fuzz(func(t *testing.T, text string) { KindOf(text) })
}

func TestUsersFileIsServedUnderItsDialectsName(t *testing.T) {
	s := subject()
	for _, c := range []struct {
		family image.Family
		text   string
		kind   Kind
		name   string
	}{
		{image.Debian, "d-i a/b string {{.Machine.Name}} {{.Machine.MAC}} {{.Lease.Address}} {{.Subnet.Netmask}} {{.Callback}}\n", Preseed, "preseed.cfg"},
		{image.Ubuntu, "lang en_US\nurl --url={{.Mirror}}\n%post\nwget {{.Callback}}\n", Kickseed, "ks.cfg"},
		{image.RedHat, "lang en_US\nurl --url={{.Mirror}}\n%post\nwget {{.Callback}}\n", Kickstart, "ks.cfg"},
		{image.Subiquity, "#cloud-config\nautoinstall:\n  version: 1 # {{.Callback}}\n", Autoinstall, "user-data"},
		{image.SUSE, "<?xml version=\"1.0\"?><profile>{{.Callback}}</profile>", AutoYaST, "autoinst.xml"},
	} {
		s.Image.Family = c.family
		file := &File{Name: "mine", Text: c.text}
		d, err := Render(nil, file, s)
		if err != nil {
			t.Errorf("%s: %v", c.family, err)
			continue
		}
		if d.Kind != c.kind || d.Name != c.name || d.Name != FileName(file, s.Image) || d.NoCallback || !strings.Contains(string(d.Bytes), s.CallbackURL) {
			t.Errorf("%s: got %s %s (%s), no callback %v:\n%s", c.family, d.Kind, d.Name, FileName(file, s.Image), d.NoCallback, d.Bytes)
		}
		if _, ok := d.Extra["meta-data"]; ok != (c.kind == Autoinstall) {
			t.Errorf("%s: meta-data served: %v", c.family, ok)
		}
	}
	s.Image.Family = image.Debian
	d, err := Render(nil, &File{Name: "p.cfg", Text: "d-i a/b string {{.Lease.Address}} {{.Subnet.Netmask}} {{join \" \" .Subnet.DNS}} {{.Image.URL}}\n"}, s)
	want := "d-i a/b string 192.0.2.214 255.255.255.0 192.0.2.1 192.0.2.2 http://192.0.2.150/images/debian-13-amd64\n"
	if err != nil || string(d.Bytes) != want || !d.NoCallback {
		t.Errorf("got %q, no callback %v, %v\nwant %q without a callback", d.Bytes, d.NoCallback, err, want)
	}
}

func TestCheckFindsWhatCannotWork(t *testing.T) {
	s := subject()
	for _, c := range []struct{ name, text, says string }{
		{"good", "d-i a/b string {{param \"rack\"}}\n", ""},
		{"unknown dialect", "#!/bin/sh\necho\n", "none of"},
		{"another installer's", "<?xml version=\"1.0\"?><profile/>", "autoyast is not understood"},
		{"a field that is not there", "d-i a/b string {{.Nope}}\n", "p.cfg:1:18: error: <.Nope>"},
	} {
		err := Check(&File{Name: "p.cfg", Text: c.text}, s)
		if c.says == "" && err != nil || c.says != "" && (err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.says)
		}
	}
	s.Subnet = nil // not known at check time
	if err := Check(&File{Name: "p.cfg", Text: "d-i a/b string x{{.Subnet.Gateway}}{{.Machine.MAC}}\n"}, s); err != nil {
		t.Errorf("without a subnet: %v", err)
	}
}

func TestKernelArgumentsFitTheInstaller(t *testing.T) {
	in := &Install{Locale: "de_DE.UTF-8", Keyboard: "de"}
	for _, c := range []struct {
		name string
		set  func(*Subject)
		url  string
		in   *Install
		want string
	}{
		{"debian, from the settings", func(*Subject) {}, "http://s/a/preseed.cfg", in,
			"auto=true priority=critical interface=auto url=http://s/a/preseed.cfg locale=de_DE.UTF-8 keymap=de hostname=node1 domain=example.org netcfg/dhcp_timeout=60 log_host=192.0.2.150"},
		{"debian, the user's own file and arguments", func(s *Subject) { s.UserArgs = []string{"quiet", "vga=normal", "a b", ""} }, "http://s/a/preseed.cfg", nil,
			"auto=true priority=critical interface=auto url=http://s/a/preseed.cfg hostname=node1 domain=example.org netcfg/dhcp_timeout=60 log_host=192.0.2.150 --- quiet vga=normal"},
		{"debian, manual, packages on this server", func(s *Subject) { s.SyslogHost = "" }, "", nil,
			"mirror/country=manual mirror/protocol=http mirror/http/hostname=192.0.2.150 mirror/http/directory=/images/debian-13-amd64 mirror/http/proxy="},
		{"debian, manual, no packages here", func(s *Subject) { s.SyslogHost, s.Image.Mirror = "", false }, "", nil, ""},
		{"a syslog port", func(s *Subject) { s.SyslogHost, s.Image.Mirror = "192.0.2.150:5514", false }, "", nil, "log_host=192.0.2.150 log_port=5514"},
		{"no DNS by DHCP", func(s *Subject) { s.Subnet.DNS, s.Domain = nil, "" }, "http://s/a/preseed.cfg", in,
			"auto=true priority=critical interface=auto url=http://s/a/preseed.cfg locale=de_DE.UTF-8 keymap=de hostname=node1 netcfg/dhcp_timeout=60 netcfg/get_nameservers=192.0.2.150 log_host=192.0.2.150"},
		{"no DNS by DHCP, the user's own file", func(s *Subject) { s.Subnet.DNS, s.Domain = nil, "" }, "http://s/a/preseed.cfg", nil,
			"auto=true priority=critical interface=auto url=http://s/a/preseed.cfg hostname=node1 netcfg/dhcp_timeout=60 log_host=192.0.2.150"},
		{"kickseed", func(s *Subject) {
			s.Image.Family, s.Image.Release, s.UserArgs, s.SyslogHost = image.Ubuntu, "ubuntu-12.04", []string{"quiet"}, ""
		}, "http://s/a/ks.cfg", nil,
			"priority=critical locale=en_US.UTF-8 keymap=us interface=auto ks=http://s/a/ks.cfg ksdevice=bootif hostname=node1 domain=example.org netcfg/dhcp_timeout=60 -- quiet"},
		{"a host name that is none", func(s *Subject) { s.HostName, s.Domain, s.SyslogHost = "x y", "", "" }, "http://s/a/preseed.cfg", nil,
			"auto=true priority=critical interface=auto url=http://s/a/preseed.cfg netcfg/dhcp_timeout=60"},
		{"anaconda", func(s *Subject) {
			s.Image.Family, s.Image.Release, s.UserArgs = image.RedHat, "rhel-9", []string{"inst.text"}
		}, "http://s/a/ks.cfg", nil,
			"inst.repo=http://192.0.2.150/images/debian-13-amd64 ip=dhcp rd.net.timeout.carrier=60 inst.ks=http://s/a/ks.cfg inst.text"},
		{"anaconda of old", func(s *Subject) { s.Image.Family, s.Image.Release = image.RedHat, "rhel-6.10" }, "http://s/a/ks.cfg", nil,
			"method=http://192.0.2.150/images/debian-13-amd64 ksdevice=bootif ks=http://s/a/ks.cfg"},
		{"subiquity", func(s *Subject) { s.Image.Family, s.Image.Name = image.Subiquity, "ubuntu-24.04" }, "http://s/a/user-data", nil,
			"ip=dhcp url=http://192.0.2.150/images/ubuntu-24.04.iso cloud-config-url=/dev/null autoinstall ds=nocloud-net;s=http://s/a/"},
		{"suse", func(s *Subject) { s.Image.Family, s.Mirror = image.SUSE, "" }, "http://s/a/autoinst.xml", nil,
			"install=http://192.0.2.150/images/debian-13-amd64 netsetup=dhcp autoyast=http://s/a/autoinst.xml"},
	} {
		s := subject()
		c.set(&s)
		if got := strings.Join(KernelArgs(s, c.url, c.in), " "); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}
