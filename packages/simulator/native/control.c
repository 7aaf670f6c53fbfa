/* The extension's entry point, and the SQL functions by which a program runs the disks. All of it belongs to one thread. */
#include "sqlite3ext.h"
SQLITE_EXTENSION_INIT1
#include "vfs.h"

#include <string.h>

static Disk *disks;
static int64_t disksMade;

Disk *diskOf(int64_t number) {
  for (Disk *disk = disks; disk != NULL; disk = disk->next)
    if (disk->number == number) return disk;
  return NULL;
}

/* Arguments and results of the SQL functions. */
static Disk *diskArgument(sqlite3_context *context, sqlite3_value **arguments) {
  Disk *disk = diskOf(sqlite3_value_int64(arguments[0]));
  if (disk == NULL) sqlite3_result_error(context, "there is no such disk", -1);
  return disk;
}

static const char *textArgument(sqlite3_value *argument) {
  const char *text = (const char *)sqlite3_value_text(argument);
  return text == NULL ? "" : text;
}

static void answerWithNew(sqlite3_context *context, Disk *disk) {
  disk->next = disks;
  disks = disk;
  sqlite3_result_int64(context, disk->number);
}

/* disk_create(key) */
static void create(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  answerWithNew(context, createDisk(++disksMade, textArgument(arguments[0])));
}

/* disk_copy(disk, key) */
static void copy(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk != NULL) answerWithNew(context, copyDisk(disk, ++disksMade, textArgument(arguments[1])));
}

/* disk_release(disk): its memory; an error while a connection has a file of it open. */
static void release(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk == NULL) return;
  if (isOpen(disk)) {
    sqlite3_result_error(context, "a file of the disk is open", -1);
    return;
  }
  Disk **link = &disks;
  while (*link != disk) link = &(*link)->next;
  *link = disk->next;
  freeDisk(disk);
}

/* disk_faults(disk, lying sync rate, forgets names) */
static void setFaults(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk == NULL) return;
  disk->lyingSyncRate = sqlite3_value_double(arguments[1]);
  disk->forgetsNames = sqlite3_value_int(arguments[2]);
}

/* disk_full(disk, is full) */
static void setFull(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk != NULL) disk->full = sqlite3_value_int(arguments[1]);
}

/* disk_settle(disk): everything is durable. */
static void settle(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk != NULL) settleDisk(disk);
}

/* disk_lose_power(disk, key) */
static void cutPower(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk != NULL) losePower(disk, textArgument(arguments[1]));
}

/* disk_boot(disk): a new process on it. */
static void boot(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk == NULL) return;
  disk->alive = 1;
  disk->operations = disk->diesAt = disk->errors = 0;
}

/* disk_plan_death(disk, operations from now, 0 before | 1 middle | 2 after, key) */
static void planDeath(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk == NULL) return;
  disk->diesAt = disk->operations + sqlite3_value_int64(arguments[1]);
  disk->dyingExtent = (Extent)sqlite3_value_int(arguments[2]);
  disk->cut = randomOf(textArgument(arguments[3]));
}

/* disk_plan_errors(disk, count): the next so many operations fail, and change nothing. */
static void planErrors(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk != NULL) disk->errors = sqlite3_value_int64(arguments[1]);
}

/* disk_kill(disk) */
static void killProcess(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk != NULL) disk->alive = 0;
}

/* disk_alive(disk) */
static void isAlive(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk != NULL) sqlite3_result_int(context, disk->alive);
}

/* disk_operations(disk): of the process, so far. */
static void countOperations(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk != NULL) sqlite3_result_int64(context, disk->operations);
}

/* disk_exists(disk, path) */
static void exists(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk != NULL) sqlite3_result_int(context, findFile(disk, textArgument(arguments[1])) != NULL);
}

/* disk_sync_directory(disk): an operation of the process, as an adapter does it for a new file. */
static void syncNames(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  int result;
  (void)count;
  if (disk != NULL && beginOperation(disk, SQLITE_IOERR, &result) == EXTENT_WHOLE) syncDirectory(disk);
}

/* disk_lost(disk, 'kept' | 'forgotten' | 'torn' | 'garbled' | 'names'): sectors and names, over all losses of power. */
static void countLost(sqlite3_context *context, int count, sqlite3_value **arguments) {
  Disk *disk = diskArgument(context, arguments);
  (void)count;
  if (disk == NULL) return;
  const char *what = textArgument(arguments[1]);
  const PowerLoss *loss = &disk->loss;
  if (strcmp(what, "kept") == 0) sqlite3_result_int64(context, loss->kept);
  else if (strcmp(what, "forgotten") == 0) sqlite3_result_int64(context, loss->forgotten);
  else if (strcmp(what, "torn") == 0) sqlite3_result_int64(context, loss->torn);
  else if (strcmp(what, "garbled") == 0) sqlite3_result_int64(context, loss->garbled);
  else sqlite3_result_int64(context, loss->names);
}

/* disk_open_files(): of all disks. */
static void countOpenFiles(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count, (void)arguments;
  sqlite3_result_int64(context, openFiles());
}

/*
** disk_reseed(key): SQLite's own random numbers begin again from the key, and with them temporary names and the salts of its journals.
** It seeds itself from the default VFS, which is ours for just as long as that takes.
*/
static void reseed(sqlite3_context *context, int count, sqlite3_value **arguments) {
  sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
  unsigned char first;
  (void)context, (void)count;
  seedVfs(textArgument(arguments[0]));
  sqlite3_vfs_register(sqlite3_vfs_find(simulatedVfsName), 1);
  sqlite3_randomness(0, NULL);
  sqlite3_randomness(1, &first);
  sqlite3_vfs_register(usual, 1);
}

typedef void (*SqlFunction)(sqlite3_context *, int, sqlite3_value **);

static const struct { const char *name; int arguments; SqlFunction run; } functions[] = {
    {"disk_create", 1, create},           {"disk_copy", 2, copy},
    {"disk_release", 1, release},         {"disk_faults", 3, setFaults},
    {"disk_full", 2, setFull},            {"disk_settle", 1, settle},
    {"disk_lose_power", 2, cutPower},     {"disk_boot", 1, boot},
    {"disk_plan_death", 4, planDeath},    {"disk_plan_errors", 2, planErrors},
    {"disk_kill", 1, killProcess},        {"disk_alive", 1, isAlive},
    {"disk_operations", 1, countOperations}, {"disk_exists", 2, exists},
    {"disk_sync_directory", 1, syncNames}, {"disk_lost", 2, countLost},
    {"disk_open_files", 0, countOpenFiles}, {"disk_reseed", 1, reseed},
};

/* The name that SQLite looks for when it loads `holdfastdisk.so`. */
int sqlite3_holdfastdisk_init(sqlite3 *database, char **message, const sqlite3_api_routines *routines) {
  SQLITE_EXTENSION_INIT2(routines);
  (void)message;
  int result = registerVfs();
  for (size_t at = 0; result == SQLITE_OK && at < sizeof functions / sizeof *functions; at++)
    result = sqlite3_create_function(database, functions[at].name, functions[at].arguments, SQLITE_UTF8, NULL, functions[at].run, NULL, NULL);
  return result == SQLITE_OK ? SQLITE_OK_LOAD_PERMANENTLY : result;
}
