// Package ubuntu holds the lint rules for Ubuntu's autoinstall.
//
// In: a lint.Subject with a cloud-config, or the kernel arguments of a live
// installer. Out: findings. A file a rule, named after it; the document with
// its positions is in document.go. It renders nothing. Start at Rules.
package ubuntu
