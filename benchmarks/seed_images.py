"""Small sound pictures in every variety that we take, drawn here, for others to break. Nothing is hostile yet."""

import io
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks import containers as made

HEIGHT, WIDTH = 120, 96
Picture = npt.NDArray[np.uint8]


class Coded(NamedTuple):
    """One HEVC picture out of its file: the box of its parameters, its bytes, its size."""

    config: bytes
    data: bytes
    width: int
    height: int


def picture(height: int = HEIGHT, width: int = WIDTH, seed: int = 1) -> Picture:
    """Something with soft and hard edges that looks different each way round, uint8[height, width, 3]."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 5, 3)).astype(np.uint8)
    drawn = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    cv2.putText(drawn, "F7", (width // 8, height // 2), cv2.FONT_HERSHEY_SIMPLEX, width / 60, (0, 0, 0), 2)
    return np.asarray(drawn, np.uint8)


def has_heic() -> bool:
    """Whether HEIC can be written here; it needs the package that only tests have."""
    try:
        import pillow_heif  # noqa: F401
    except ImportError:
        return False
    return True


def heic(pixels: Picture, orientation: int = 1, quality: int = 60) -> bytes:
    """A HEIC file as another program writes it, `pixels` being what lies in it before it is turned."""
    import pillow_heif
    from PIL import Image

    tags = Image.Exif()
    tags[0x0112] = orientation
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(pixels)).save(out, quality=quality, exif=tags.tobytes())
    return out.getvalue()


def coded(pixels: Picture, quality: int = 60) -> Coded:
    """The picture in HEVC, to be put into files of our own."""
    import pillow_heif
    from PIL import Image

    out = io.BytesIO()
    settings = {"preset": "ultrafast"}
    pillow_heif.from_pillow(Image.fromarray(pixels)).save(out, quality=quality, enc_params=settings)
    file = out.getvalue()
    config, data = file.index(b"hvcC") - 4, file.index(b"mdat") - 4
    return Coded(
        file[config : config + int.from_bytes(file[config : config + 4], "big")],
        file[data + 8 : data + int.from_bytes(file[data : data + 4], "big")],
        *pixels.shape[1::-1],
    )


def single(one: Coded, *properties: bytes, shown: tuple[int, int] | None = None) -> bytes:
    """A HEIC file of one picture, of the size it has or is `shown` to have."""
    owned = [one.config, made.extent(*(shown or (one.width, one.height))), *properties]
    return made.heif([made.Item(b"hvc1", one.data, tuple(range(1, len(owned) + 1)))], owned)


def grid(one: Coded, rows: int, columns: int, width: int, height: int, *properties: bytes) -> bytes:
    """A HEIC file of equal tiles, as phones write it."""
    tiles = rows * columns
    owned = [made.extent(width, height), one.config, made.extent(one.width, one.height), *properties]
    items = [made.Item(b"grid", made.layout(rows, columns, width, height), (1, *range(4, len(owned) + 1)))]
    items += [made.Item(b"hvc1", one.data, (2, 3))] * tiles
    return made.heif(items, owned, [(b"dimg", 1, tuple(range(2, tiles + 2)))])


@cache
def seeds() -> dict[str, bytes]:
    """Name → file, of every variety."""
    return {**_jpegs(), **_pngs(), **(_heics() if has_heic() else {})}


def _jpegs() -> dict[str, bytes]:
    drawn = picture()

    def jpeg(pixels: Picture, *settings: int) -> bytes:
        return bytes(cv2.imencode(".jpg", pixels, list(settings))[1])

    return {
        "jpeg baseline": jpeg(drawn, cv2.IMWRITE_JPEG_QUALITY, 80),
        "jpeg progressive": jpeg(drawn, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        "jpeg grey": jpeg(drawn[:, :, 0].copy()),
        "jpeg restarts": jpeg(drawn, cv2.IMWRITE_JPEG_RST_INTERVAL, 4),
        "jpeg 4:4:4": jpeg(
            drawn, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444, cv2.IMWRITE_JPEG_OPTIMIZE, 1
        ),
        "jpeg turned": made.jpeg_turned(jpeg(drawn), 6),
        "jpeg cmyk": _cmyk(drawn),
    }


def _cmyk(pixels: Picture) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).convert("CMYK").save(out, "JPEG")
    return out.getvalue()


def _pngs() -> dict[str, bytes]:
    drawn = picture()
    colours = bytes(cv2.imencode(".png", drawn)[1])
    return {
        "png colour": colours,
        "png grey": bytes(cv2.imencode(".png", drawn[:, :, 0])[1]),
        "png 16 bit": bytes(cv2.imencode(".png", drawn.astype(np.uint16) * 257)[1]),
        "png alpha": bytes(cv2.imencode(".png", np.dstack([drawn, drawn[:, :, :1]]))[1]),
        "png 1 bit": made.flat_png(WIDTH, HEIGHT, 1),
        "png palette": made.flat_png(WIDTH, HEIGHT, 4, 3),
        "png interlaced": made.flat_png(WIDTH, HEIGHT, 8, 2, interlace=1),
        "png turned": made.png_turned(colours, 8),
    }


def _heics() -> dict[str, bytes]:
    drawn, tile = picture(), coded(picture(64, 64))
    return {
        "heic": heic(drawn),
        "heic turned": heic(drawn, 6),
        "heic grey": heic(drawn[:, :, 0].copy()),
        "heic alpha": heic(np.dstack([drawn, drawn[:, :, :1]])),
        "heic grid": grid(tile, 2, 2, 120, 100),
    }
