// Ports where something other than HTTP listens. A POST there is at best noise and at worst a command to a service
// that reads lines (SMTP, Redis, memcached), so they are closed unless a rule names the port.

/** The list that browsers block (the Fetch standard's "bad ports"). */
const BROWSER_BLOCKED = [
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/** Files, remote desktops, databases, queues and caches, none of which speaks HTTP. */
const OTHER_SERVICES = [445, 1433, 1521, 3306, 3389, 5432, 5672, 5900, 6379, 9042, 11211, 27017];

const blocked = new Set([...BROWSER_BLOCKED, ...OTHER_SERVICES]);

export const isBlockedPort = (port: number): boolean => blocked.has(port);
