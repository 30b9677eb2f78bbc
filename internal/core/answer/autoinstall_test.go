package answer

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/machine"
)

// ubuntus are the releases that read autoinstall.
func ubuntus() []release {
	var all []release
	for _, v := range []string{"20.04", "22.04", "23.10", "24.04", "26.04"} {
		all = append(all, release{"ubuntu-" + v, "x", "ubuntu-live", ""})
	}
	return all
}

func TestAutoinstallIsValidByUbuntusSchema(t *testing.T) {
	file := os.Getenv("SEEDBED_AUTOINSTALL_SCHEMA")
	if file == "" {
		t.Skip("SEEDBED_AUTOINSTALL_SCHEMA names no schema of autoinstall")
	}
	schema, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ubuntus() {
		for variant, in := range variants() {
			for _, fw := range []machine.Firmware{machine.BIOS, machine.UEFI, machine.NoFirmware} {
				s := r.subject()
				s.Firmware = fw
				d, err := r.render(&in, s)
				if err != nil {
					t.Fatal(err)
				}
				var doc map[string]any
				if err := yaml.Unmarshal(d.Bytes, &doc); err != nil {
					t.Fatal(err)
				}
				b, _ := json.Marshal(doc["autoinstall"])
				v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
				if err != nil {
					t.Fatal(err)
				}
				if err := schema.Validate(v); err != nil {
					t.Errorf("%s, %s, %q: %v", r.name, variant, fw, err)
				}
			}
		}
	}
}

// cloudInit is a command that checks a file as cloud-init does: the host's, or
// one unpacked in the directory that SEEDBED_CLOUD_INIT names.
func cloudInit(t *testing.T) func(file string) *exec.Cmd {
	if dir := os.Getenv("SEEDBED_CLOUD_INIT"); dir != "" {
		return func(file string) *exec.Cmd {
			cmd := exec.Command("/usr/bin/python3", "-m", "cloudinit.cmd.main", "schema", "--config-file", file)
			cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(dir, "usr/lib/python3/dist-packages"))
			return cmd
		}
	}
	if _, err := exec.LookPath("cloud-init"); err != nil {
		t.Skip("cloud-init is not here, and SEEDBED_CLOUD_INIT names no directory with it")
	}
	return func(file string) *exec.Cmd { return exec.Command("cloud-init", "schema", "--config-file", file) }
}

func TestAutoinstallIsValidByCloudInit(t *testing.T) {
	check := cloudInit(t)
	for _, r := range ubuntus()[3:4] {
		for variant, in := range variants() {
			d, err := r.render(&in, r.subject())
			if err != nil {
				t.Fatal(err)
			}
			var doc struct {
				Autoinstall struct {
					UserData map[string]any `yaml:"user-data"`
				}
			}
			if err := yaml.Unmarshal(d.Bytes, &doc); err != nil {
				t.Fatal(err)
			}
			user, _ := yaml.Marshal(doc.Autoinstall.UserData)
			for what, text := range map[string][]byte{"user-data": d.Bytes, "the new system's": append([]byte("#cloud-config\n"), user...)} {
				file := filepath.Join(t.TempDir(), "user-data")
				if err := os.WriteFile(file, text, 0o600); err != nil {
					t.Fatal(err)
				}
				if out, err := check(file).CombinedOutput(); err != nil || !strings.Contains(string(out), "Valid") {
					t.Errorf("%s, %s, %s: %v\n%s", r.name, variant, what, err, out)
				}
			}
		}
	}
}
