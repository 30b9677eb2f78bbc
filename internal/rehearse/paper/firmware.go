package paper

import (
	"context"
	"path"
	"strings"

	"seedbed/internal/core/machine"
	"seedbed/internal/wire/tftp/tftptest"
)

// arch is what the ROM says in option 93.
func (r ROM) arch() int {
	return int(map[ROM]machine.Arch{X64: machine.ArchX64, ARM64: machine.ArchARM64, HTTP: machine.ArchX64HTTP}[r])
}

// pxe is a PXE ROM: an address, the boot file by TFTP, and then that program.
func (m *Machine) pxe(ctx context.Context) (Outcome, error) {
	m.who = "rom"
	ok, err := m.lease(ctx, pxeClient(m.ROM.arch()))
	switch {
	case err != nil:
		return Outcome{}, err
	case !ok:
		return stopped("no offer: the next boot device")
	case m.net.file == "":
		return stopped("no boot file was offered")
	}
	if m.ROM == BIOS {
		_, err = m.tftp(ctx, m.net.file, tftptest.Options{TSize: true, Block: 1456})
	} else {
		// EDK2 asks for the size first and leaves by ERROR 8 (PxeBcMtftp.c).
		if _, err = m.tftp(ctx, m.net.file, tftptest.Options{TSize: true, Block: 1468, Window: 4, Probe: true}); err == nil {
			_, err = m.tftp(ctx, m.net.file, tftptest.Options{Block: 1468, Window: 4})
		}
	}
	return m.start(ctx, m.net.file, err)
}

// httpBoot is EDK2's HTTP Boot: HEAD for the size, then GET (HttpBootImpl.c).
func (m *Machine) httpBoot(ctx context.Context) (Outcome, error) {
	m.who = "rom"
	ok, err := m.lease(ctx, httpClient(m.ROM.arch()))
	switch {
	case err != nil:
		return Outcome{}, err
	case !ok:
		return stopped("no offer: the next boot device")
	case !strings.HasPrefix(m.net.file, "http://"):
		return stopped("the boot file is no URL: %q", m.net.file)
	}
	const agent = "UefiHttpBoot/1.0"
	if _, err = m.web(ctx, "HEAD", m.net.file, agent); err == nil {
		_, err = m.web(ctx, "GET", m.net.file, agent)
	}
	return m.start(ctx, m.net.file, err)
}

// start runs the program that was loaded, told by its name.
func (m *Machine) start(ctx context.Context, file string, err error) (Outcome, error) {
	if isMissing(err) {
		return stopped("%v", err)
	}
	if err != nil {
		return Outcome{}, err
	}
	base := path.Base(file)
	switch {
	case strings.HasSuffix(base, "pxelinux.0"):
		return m.pxelinux(ctx, file)
	case strings.HasPrefix(base, "undionly"), strings.HasPrefix(base, "ipxe"), strings.HasPrefix(base, "snponly"):
		return m.ipxe(ctx, m.ROM.arch())
	case strings.HasPrefix(base, "shim"), strings.HasPrefix(base, "bootnet"), strings.HasPrefix(base, "boot"):
		return m.shim(ctx, file)
	case strings.HasPrefix(base, "grub"):
		return m.grub(ctx, file)
	}
	return stopped("nobody knows how to play %q", base)
}
