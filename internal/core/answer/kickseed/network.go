package kickseed

import (
	"fmt"
	"strings"

	"seedbed/internal/core/answer/preseed"
)

func (r *run) network(args []Word) {
	opts, _ := r.options("bootproto:,device:,ip:,gateway:,nameserver:,nodns,netmask:,hostname:", args)
	keys := map[string]string{
		"--ip": "netcfg/get_ipaddress", "--gateway": "netcfg/get_gateway", "--nameserver": "netcfg/get_nameservers",
		"--netmask": "netcfg/get_netmask", "--hostname": "netcfg/get_hostname",
	}
	got := map[string]bool{}
	static := false
	for _, o := range opts {
		got[o.Name] = true
		switch o.Name {
		case "--bootproto":
			switch o.Value.Text {
			case "dhcp", "bootp":
			case "static":
				static = true
				r.set("netcfg/disable_autoconfig", preseed.Boolean, "true")
			default:
				r.badValue("network", "bootproto", o.Value)
			}
		case "--device":
			r.answer("d-i", "netcfg/choose_interface", preseed.Select, o.Value)
		case "--nodns":
			r.set("netcfg/get_nameservers", preseed.String, "")
		default:
			r.answer("d-i", keys[o.Name], preseed.String, o.Value)
		}
	}
	if got["--ip"] && got["--netmask"] && got["--gateway"] && (got["--nameserver"] || got["--nodns"]) {
		r.set("netcfg/confirm_static", preseed.Boolean, "true")
	} else if static {
		r.find(Fails, Arguments, "network", "a static network needs --ip, --netmask, --gateway and --nameserver or --nodns: else the installer asks")
	}
}

func (r *run) url(args []Word) {
	opts, _ := r.options("url:", args)
	for _, o := range opts {
		r.set("mirror/country", preseed.String, "manual")
		protocol, rest, ok := strings.Cut(o.Value.Text, "://")
		host, path, slash := strings.Cut(rest, "/")
		known := protocol == "http" || protocol == "ftp" || protocol == "https" && r.variant.HTTPS
		if !ok || !known || !slash {
			msg := "kickseed loops for ever at an address without a path, such as http://host/ubuntu: the installer hangs before its first screen"
			if ok && !known {
				msg = "kickseed loops for ever at an address that is not http or ftp: the installer hangs before its first screen"
			}
			r.warn(Hangs, EndlessLoop, o.Value.Text, msg, "URL type "+o.Value.Text+" not supported").Pos = o.Value.Pos
			return
		}
		at := o.Value
		answer := func(key, typ, value string) {
			at.Text = value
			r.answer("d-i", key, typ, at)
		}
		path = "/" + path
		if !strings.HasSuffix(path, "/") {
			path += "/"
		}
		answer("mirror/protocol", preseed.Select, protocol)
		answer("mirror/"+protocol+"/hostname", preseed.String, host)
		answer("mirror/"+protocol+"/directory", preseed.String, path)
		answer("mirror/"+protocol+"/proxy", preseed.String, "")
	}
}

func (r *run) repo(args []Word) {
	opts, _ := r.options("name:,baseurl:,distribution:,components:,source,key:", args)
	got := map[string]Word{}
	for _, o := range opts {
		got[o.Name] = o.Value
	}
	_, source := got["--source"]
	if got["--baseurl"].Text == "" {
		r.warn(Dropped, Arguments, "repo", "the whole line is dropped: repo needs --baseurl", "repo command requires --baseurl")
		return
	}
	components := strings.ReplaceAll(got["--components"].Text, ",", " ")
	if echoFlags.MatchString(got["--components"].Text) {
		components = "" // echo takes it for its options
	}
	repository := got["--baseurl"]
	switch suite := got["--distribution"].Text; {
	case suite == "":
		if components != "" {
			r.warn(Ignored, UnsupportedOption, "--components", "repo --components has no effect without --distribution", "repo --components meaningless without --distribution; ignoring --components")
		}
		repository.Text += " ./"
	case components != "":
		repository.Text += " " + suite + " " + components
	default:
		repository.Text += " " + suite
	}
	prefix := fmt.Sprintf("apt-setup/local%d/", r.repos)
	r.answer("d-i", prefix+"repository", preseed.String, repository)
	if name := got["--name"]; name.Text != "" {
		r.answer("d-i", prefix+"comment", preseed.String, name)
	}
	if source {
		r.set(prefix+"source", preseed.Boolean, "true")
	}
	if key := got["--key"]; key.Text != "" {
		r.answer("d-i", prefix+"key", preseed.String, key)
	}
	r.repos++
}

// iscsi is in Ubuntu's kickseed only.
func (r *run) iscsi(args []Word) {
	opts, _ := r.options("ipaddr:,target:,port:,user:,password:,reverse-user:,reverse-password:", args)
	got := map[string]Word{}
	for _, o := range opts {
		got[o.Name] = o.Value
	}
	has := func(name string) bool { return got[name].Text != "" }
	ok := true
	need := func(cond bool, log string) {
		if !cond {
			ok = false
			r.warn(Dropped, Arguments, "iscsi", "the whole line is dropped: "+log, log)
		}
	}
	need(has("--ipaddr"), "iscsi command requires --ipaddr")
	need(!has("--user") || has("--password"), "iscsi --user requires --password as well")
	need(!has("--reverse-user") || has("--reverse-password"), "iscsi --reverse-user requires --reverse-password as well")
	need(!has("--reverse-user") || has("--user"), "iscsi --reverse-user requires --user as well")
	if !ok {
		return
	}
	address := got["--ipaddr"]
	if has("--port") {
		address.Text += ":" + got["--port"].Text
	}
	const prefix = "partman-iscsi/login/"
	r.answer("d-i", prefix+"address", preseed.String, address)
	if has("--user") {
		r.answer("d-i", prefix+"username", preseed.String, got["--user"])
		r.answer("d-i", prefix+"password", preseed.Password, got["--password"])
		if has("--reverse-user") {
			r.answer("d-i", prefix+"incoming_username", preseed.String, got["--reverse-user"])
			r.answer("d-i", prefix+"incoming_password", preseed.Password, got["--reverse-password"])
		}
	}
	r.set(prefix+"all_targets", preseed.Boolean, "true")
}
