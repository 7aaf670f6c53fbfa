/* Power fails: of what was written and not synced, each sector is kept, forgotten, torn or garbled, as drawn. */
#include "disk.h"

#include <stdlib.h>

static void keep(Disk *disk, DiskFile *file, const Change *change) {
  applyChange(&file->durable, change);
  disk->loss.kept++;
}

static void tear(Disk *disk, Image *image, const unsigned char *bytes, int64_t length, int64_t at, Random *random) {
  writeImage(image, bytes, drawBetween(random, 0, length - 1), at);
  disk->loss.torn++;
}

static void garble(Disk *disk, Image *image, int64_t length, int64_t at, Random *random) {
  unsigned char noise[SECTOR_BYTES];
  drawBytes(random, noise, length);
  writeImage(image, noise, length, at);
  disk->loss.garbled++;
}

static void loseSector(Disk *disk, Image *image, const unsigned char *bytes, int64_t length, int64_t at, int tears, Random *random) {
  if (!tears || drawChance(random, 0.6)) {
    disk->loss.forgotten++;
    /* The size was kept, and the data were not. */
    if (at + length > image->size && drawChance(random, 0.25)) resizeImage(image, at + length);
  } else if (drawChance(random, 0.5)) tear(disk, image, bytes, length, at, random);
  else garble(disk, image, length, at, random);
}

/* A device that reorders: every sector by itself. */
static void keepSectors(Disk *disk, DiskFile *file, const Change *change, double keepRate, int tears, Random *random) {
  for (int64_t from = 0; from < change->length;) {
    int64_t at = change->offset + from;
    int64_t length = SECTOR_BYTES - at % SECTOR_BYTES;
    if (length > change->length - from) length = change->length - from;
    if (drawChance(random, keepRate)) {
      writeImage(&file->durable, change->bytes + from, length, at);
      disk->loss.kept++;
    } else loseSector(disk, &file->durable, change->bytes + from, length, at, tears, random);
    from += length;
  }
}

static void keepSome(Disk *disk, DiskFile *file, double keepRate, int tears, Random *random) {
  for (const Change *change = file->first; change != NULL; change = change->next) {
    if (change->type == CHANGE_WRITE) keepSectors(disk, file, change, keepRate, tears, random);
    else if (drawChance(random, keepRate)) keep(disk, file, change);
    else disk->loss.forgotten++;
  }
}

/* The oldest change of all files from `order` on, or none. */
static const Change *nextInOrder(const Disk *disk, int64_t order, DiskFile **of) {
  const Change *oldest = NULL;
  for (DiskFile *file = disk->files; file != NULL; file = file->next)
    for (const Change *change = file->first; change != NULL; change = change->next) {
      if (change->order < order) continue;
      if (oldest == NULL || change->order < oldest->order) {
        oldest = change;
        *of = file;
      }
      break;
    }
  return oldest;
}

/* A device that keeps its order: some prefix of everything, the last write torn. */
static void keepPrefix(Disk *disk, Random *random) {
  int64_t total = 0;
  for (DiskFile *file = disk->files; file != NULL; file = file->next) total += countChanges(file);
  int64_t cut = drawBetween(random, 0, total);
  DiskFile *file = NULL;
  const Change *change = nextInOrder(disk, 0, &file);
  for (int64_t index = 0; change != NULL; index++) {
    if (index < cut) keep(disk, file, change);
    else if (index == cut && change->type == CHANGE_WRITE)
      tear(disk, &file->durable, change->bytes, change->length, change->offset, random);
    else disk->loss.forgotten++;
    change = nextInOrder(disk, change->order + 1, &file);
  }
}

/* The first so many changes of the directory survive, the rest never were. */
static void loseNames(Disk *disk, Random *random) {
  int64_t total = 0;
  for (NameChange *change = disk->firstName; change != NULL; change = change->next) total++;
  int64_t kept = drawBetween(random, 0, total);
  disk->loss.names += total - kept;
  for (NameChange *change = disk->firstName; kept > 0; change = change->next, kept--) change->file->durablyLinked = change->links;
  dropNameChanges(disk);
}

static void startFromDurable(DiskFile *file) {
  file->linked = file->durablyLinked;
  file->syncsDirectory = 0;
  resizeImage(&file->cached, 0);
  writeImage(&file->cached, file->durable.bytes, file->durable.size, 0);
}

void losePower(Disk *disk, const char *key) {
  static const double keepRates[] = {0, 0.1, 0.5, 0.9, 1};
  Random random = randomOf(key);
  disk->alive = 0;
  if (drawChance(&random, 0.25)) keepPrefix(disk, &random);
  else {
    double keepRate = keepRates[drawBetween(&random, 0, 4)];
    int tears = drawChance(&random, 0.6);
    for (DiskFile *file = disk->files; file != NULL; file = file->next) keepSome(disk, file, keepRate, tears, &random);
  }
  for (DiskFile *file = disk->files; file != NULL; file = file->next) dropChanges(file);
  loseNames(disk, &random);
  for (DiskFile *file = disk->files; file != NULL; file = file->next) startFromDurable(file);
}
