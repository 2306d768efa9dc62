/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of memory whose first use waits in the kernel, by userfaultfd(2): a
 * system call that copies from or to this page sleeps until the test fills the
 * page. Root only, as a rule.
 */
#ifndef KEYS_FAULT_H
#define KEYS_FAULT_H

#include "keys_common.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

/* A page that is missing until fault_fill(). */
struct fault {
	int fd;
	char *page;
};

/* @page: a page of private, anonymous memory that was not used yet */
KEYS_FN bool fault_make_at(struct fault *f, char *page)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	f->fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	f->page = page;
	if (f->fd < 0 || ioctl(f->fd, UFFDIO_API, &api))
		return false;
	reg.range.start = (unsigned long)page;
	reg.range.len = page_size();
	return ioctl(f->fd, UFFDIO_REGISTER, &reg) == 0;
}

KEYS_FN bool fault_make(struct fault *f)
{
	char *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page != MAP_FAILED && fault_make_at(f, page);
}

/* Waits until a system call or a thread waits for the page. */
KEYS_FN bool fault_seen(struct fault *f)
{
	struct uffd_msg msg;

	return wait_until(read(f->fd, &msg, sizeof(msg)) == sizeof(msg), LATER_MS);
}

KEYS_FN void fault_fill(struct fault *f)
{
	struct uffdio_zeropage zero = {
		.range = { (unsigned long)f->page, page_size() },
	};

	ioctl(f->fd, UFFDIO_ZEROPAGE, &zero);
}

KEYS_FN void fault_end(struct fault *f)
{
	munmap(f->page, page_size());
	close(f->fd);
}

/* A kernel without CONFIG_USERFAULTFD has no such pages. */
#define REQUIRE_FAULT() do {						\
	struct fault __f;						\
									\
	if (!fault_make(&__f))						\
		SKIP(return, "no userfaultfd(2) for pages that the kernel uses"); \
	fault_end(&__f);						\
} while (0)

#endif /* KEYS_FAULT_H */
