// Package ubuntu reads autoinstall files as neutral installs.
//
// In: user-data with an autoinstall section, or that section alone. Out: the
// draft with a report: cloud-init's users, netplan's network, curtin's storage
// of version 1 and subiquity's ready-made layouts. Start at Autoinstall.
package ubuntu
