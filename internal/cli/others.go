package cli

import (
	"fmt"
	"net/netip"
	"strings"

	"seedbed/internal/app"
	"seedbed/internal/config"
	"seedbed/internal/core/image"
	"seedbed/internal/core/machine"
	"seedbed/internal/disk/loader"
)

// otherServer is what one DHCP server needs in its settings, so that machines
// it gives addresses to boot from here.
type otherServer struct {
	Server string `json:"server"`
	Where  string `json:"where"`
	Lines  string `json:"lines"`
}

// otherServers gives, with dhcp: off, the lines for each DHCP server that is
// known here; one set an interface.
func (e *env) otherServers(c *config.Config, images []image.Image) []otherServer {
	if c.DHCP != "off" {
		return nil
	}
	var out []otherServer
	for _, name := range c.Interfaces {
		at, ok := addressOf(name)
		if !ok {
			continue // an interface finding says it
		}
		files := app.BootFiles(c, images, loader.Find(), at.Addr())
		out = append(out,
			otherServer{"ISC dhcpd", "/etc/dhcp/dhcpd.conf, outside any subnet", dhcpdLines(files, at.Addr())},
			otherServer{"Kea", "kea-dhcp4.conf, inside \"Dhcp4\"", keaLines(files, at.Addr())},
			otherServer{"dnsmasq", "/etc/dnsmasq.d/seedbed.conf", dnsmasqLines(files, at.Addr())},
			otherServer{"Windows DHCP server", "PowerShell, as administrator", windowsLines(files, at)})
	}
	return out
}

// arch2 is an architecture as two bytes, in hexadecimal.
func arch2(a machine.Arch, sep string) string { return fmt.Sprintf("%02x%s%02x", a>>8, sep, a&0xff) }

func dhcpdLines(files []app.BootFile, at netip.Addr) string {
	var b strings.Builder
	b.WriteString("option seedbed-arch code 93 = unsigned integer 16;\nclass \"seedbed\" {\n" +
		"  match if substring(option vendor-class-identifier, 0, 9) = \"PXEClient\"\n" +
		"        or substring(option vendor-class-identifier, 0, 10) = \"HTTPClient\";\n")
	fmt.Fprintf(&b, "  next-server %s;\n", at)
	word := "if"
	for _, f := range files {
		var tests []string
		for _, a := range f.Archs {
			tests = append(tests, "substring(option seedbed-arch, 0, 2) = "+arch2(a, ":"))
		}
		if f.Firmware == machine.IPXE {
			tests = []string{`option user-class = "iPXE"`}
		}
		fmt.Fprintf(&b, "  %s %s {\n", word, strings.Join(tests, " or "))
		if f.Firmware == machine.UEFIHTTP {
			b.WriteString("    option vendor-class-identifier \"HTTPClient\";\n")
		}
		fmt.Fprintf(&b, "    filename \"%s\";\n  }\n", f.File)
		word = "elsif"
	}
	return b.String() + "}\n"
}

func keaLines(files []app.BootFile, at netip.Addr) string {
	var list []string
	other := ""
	for _, f := range files {
		var tests []string
		for _, a := range f.Archs {
			tests = append(tests, "substring(option[93].hex, 0, 2) == 0x"+arch2(a, ""))
		}
		test := strings.Join(tests, " or ")
		if f.Firmware == machine.IPXE {
			test, other = "option[77].hex == 'iPXE'", "not member('seedbed-ipxe') and "
		} else if other != "" {
			test = other + "(" + test + ")"
		}
		extra := ""
		if f.Firmware == machine.UEFIHTTP {
			extra = ",\n    \"option-data\": [ { \"name\": \"vendor-class-identifier\", \"data\": \"HTTPClient\", \"always-send\": true } ]"
		}
		list = append(list, fmt.Sprintf("  { \"name\": \"seedbed-%s\", \"test\": \"%s\",\n    \"next-server\": \"%s\", \"boot-file-name\": \"%s\"%s }", f.Word, test, at, f.File, extra))
	}
	return "\"client-classes\": [\n" + strings.Join(list, ",\n") + "\n]\n"
}

func dnsmasqLines(files []app.BootFile, at netip.Addr) string {
	var b strings.Builder
	other := ""
	for _, f := range files {
		tag := "seedbed-" + f.Word
		for _, a := range f.Archs {
			fmt.Fprintf(&b, "dhcp-match=set:%s,option:client-arch,%d\n", tag, a)
		}
		if f.Firmware == machine.IPXE {
			fmt.Fprintf(&b, "dhcp-userclass=set:%s,iPXE\ndhcp-boot=tag:%s,%s,,%s\n", tag, tag, f.File, at)
			other = "tag:!" + tag + ","
			continue
		}
		if f.Firmware == machine.UEFIHTTP {
			fmt.Fprintf(&b, "dhcp-option-force=%stag:%s,60,HTTPClient\n", other, tag)
		}
		fmt.Fprintf(&b, "dhcp-boot=%stag:%s,%s,,%s\n", other, tag, f.File, at)
	}
	return b.String()
}

func windowsLines(files []app.BootFile, at netip.Prefix) string {
	var b strings.Builder
	scope := at.Masked().Addr()
	if len(files) > 0 && files[len(files)-1].Firmware == machine.UEFIHTTP {
		b.WriteString("Add-DhcpServerv4OptionDefinition -OptionId 60 -Name 'ClassId' -Type String\n")
	}
	other := ""
	for i, f := range files {
		name := "Seedbed " + f.Word
		var classes []string
		for _, a := range f.Archs {
			class := fmt.Sprintf("%s %d", name, a)
			who := "PXEClient"
			if f.Firmware == machine.UEFIHTTP {
				who = "HTTPClient"
			}
			fmt.Fprintf(&b, "Add-DhcpServerv4Class -Name '%s' -Type Vendor -Data '%s:Arch:%05d'\n", class, who, a)
			classes = append(classes, "'"+class+"*'")
		}
		match := " -Condition OR -VendorClass EQ," + strings.Join(classes, ",")
		if f.Firmware == machine.IPXE {
			fmt.Fprintf(&b, "Add-DhcpServerv4Class -Name '%s' -Type User -Data 'iPXE'\n", name)
			match, other = " -Condition OR -UserClass EQ,'"+name+"'", " -UserClass NE,'"+name+"'"
		} else if other != "" {
			match = " -Condition AND -VendorClass EQ," + strings.Join(classes, ",") + other
		}
		fmt.Fprintf(&b, "Add-DhcpServerv4Policy -Name '%s' -ScopeId %s -ProcessingOrder %d%s\n", name, scope, i+1, match)
		set := func(option int, value string) {
			fmt.Fprintf(&b, "Set-DhcpServerv4OptionValue -ScopeId %s -PolicyName '%s' -OptionId %d -Value '%s'\n", scope, name, option, value)
		}
		if f.Firmware == machine.UEFIHTTP {
			set(60, "HTTPClient")
		}
		set(66, at.Addr().String())
		set(67, f.File)
	}
	return b.String()
}

// sayOthers prints the lines for people.
func (e *env) sayOthers(list []otherServer) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(e.out, "\ndhcp: off leaves DHCP to another server. So that its machines boot from here, it needs these lines:")
	for _, o := range list {
		fmt.Fprintf(e.out, "\n== %s (%s)\n\n%s", o.Server, o.Where, o.Lines)
	}
}
