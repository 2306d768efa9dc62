// SPDX-License-Identifier: GPL-2.0-only
/*
 * A key whose type needs another key, which is under construction: the master key
 * of an encrypted key. Stock holds a lock of all constructions meanwhile, so the
 * helper can never answer, and no key is made any more.
 */

/*
 * The payload with which add_key(2) loads an encrypted key of 32 bytes. The master
 * key is "k". The digits are the encrypted bytes; nobody has to decrypt them here.
 */
static const char *encrypted_text(void)
{
	static char text[256];

	snprintf(text, sizeof(text), "load default user:k 32 %0162d", 0);
	return text;
}

/* The process that adds the encrypted key holds a lock of its session keyring. */
static void kill_who_needs_the_key(struct __test_metadata *_metadata)
{
	const char *text = encrypted_text();
	pid_t pid = START_CHILD();
	int status = 0;

	if (pid == 0) {
		sys_add_key("encrypted", "e", text, strlen(text), RING_S);
		END_CHILD();
	}
	sleep_ms(200);
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_TRUE(wait_until(waitpid(pid, &status, WNOHANG) == pid, LATER_MS / 2));
	EXPECT_TRUE(shared_get(&up->hold));
	EXPECT_TRUE(WIFSIGNALED(status));
}

TEST(who_needs_a_key_under_construction_can_be_killed)
{
	if (sysctl_get("uid_keyring_linger") == -ENOENT)
		SKIP(return, "this kernel never makes another key after that");
	if (sys_add_key("encrypted", "e", "x", 1, RING_S) == -ENODEV)
		SKIP(return, "no encrypted keys in this kernel");
	meet(_metadata, "hold", kill_who_needs_the_key, 0);
}
