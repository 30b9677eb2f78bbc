package rehearse

// Missing says what this host lacks to rehearse with a firmware: its emulator
// or the firmware's files. The fault is Unavailable and its hint names the
// package; nil when all is there.
func Missing(fw Firmware) error {
	if _, err := findQEMU(fw); err != nil {
		return err
	}
	if fw == BIOS {
		return nil // SeaBIOS comes with QEMU
	}
	_, err := findFlash(fw)
	return err
}
