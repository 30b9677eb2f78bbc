package vm

import (
	"context"
	"os"
	"time"
)

// Accelerator is kvm where it truly runs a guest, else tcg; why says what was
// found. /dev/kvm may be there and fail at the first instruction it cannot
// emulate, so a real kernel is started and must reach its end.
func Accelerator(ctx context.Context, kernel string) (accel, why string) {
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return "tcg", "no usable /dev/kvm: the machine is emulated, which is several times slower"
	}
	f.Close()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	c := NewConsole(nil, nil)
	v, err := Start(ctx, Hardware{Firmware: BIOS, Accel: "kvm", Memory: 256, CPUs: 1, Kernel: kernel, Append: "console=ttyS0 panic=-1"}, nil, c)
	if err != nil {
		return "tcg", "KVM does not start: the machine is emulated, which is several times slower"
	}
	defer v.Kill()
	for {
		select {
		case <-v.qmp.broken:
			return "tcg", "/dev/kvm is there but does not run guests: the machine is emulated, which is several times slower"
		case <-v.done: // it panicked for want of a root, as it should, and rebooted
			if c.Contains("Kernel panic") {
				return "kvm", "KVM"
			}
			return "tcg", "KVM ended a trial guest: the machine is emulated, which is several times slower"
		case <-ctx.Done():
			return "tcg", "a trial guest under KVM did not get far in 20 s: the machine is emulated"
		}
	}
}
