from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media import frames
from tower_anime_assets.media.clip_writer import ClipWriter

WIDTH, HEIGHT, FPS, FRAMES = 250, 130, 24, 37  # sides that leave padding at the end of decoded rows
COLOURS = ((200, 40, 30), (30, 160, 60), (40, 60, 210), (230, 225, 215))


def picture(at: int) -> NDArray[np.uint8]:
    """Four colour fields and a bar that stands elsewhere in every frame, RGB."""
    drawn = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for place, colour in enumerate(COLOURS):
        drawn[:, place * WIDTH // 4 : (place + 1) * WIDTH // 4] = colour
    drawn[90:110, 6 * at : 6 * at + 12] = 255
    return drawn


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with ClipWriter(path, WIDTH, HEIGHT, FPS) as out:
        for at in range(FRAMES):
            out.write(picture(at)[..., ::-1].copy())
    return path


@pytest.fixture(scope="module")
def other_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as somebody else makes it: long open groups, index at the end, full range, uneven times, sound."""
    path = tmp_path_factory.mktemp("other") / "other.mp4"
    with av.open(str(path), "w") as out:
        options = {"x264-params": "open-gop=1:keyint=10:min-keyint=10:scenecut=0:bframes=3", "preset": "veryfast"}
        video = out.add_stream("libx264", rate=25, options=options)
        video.width, video.height, video.pix_fmt = 128, 96, "yuv420p"
        video.codec_context.color_range = 2
        video.codec_context.time_base = Fraction(1, 1000)
        sound = out.add_stream("aac", rate=44100, layout="mono")
        for at in range(40):
            noise = np.random.default_rng(at).integers(0, 255, (96, 128, 3), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(noise, format="rgb24")
            frame.pts, frame.time_base = at * 40 + at % 2 * 7, Fraction(1, 1000)
            out.mux(video.encode(frame))
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), format="fltp", layout="mono")
        samples.sample_rate = 44100
        out.mux(sound.encode(samples))
        out.mux(sound.encode(None))
        out.mux(video.encode(None))
        out.set_chapters(
            [{"id": 1, "start": 0, "end": 800, "time_base": Fraction(1, 1000), "metadata": {"title": "Émile ☂"}}]
        )
    return path


def test_a_mezzanine_clip_is_described_to_the_frame(clip: Path) -> None:
    found = frames.probe(clip)
    assert (found.width_px, found.height_px, found.fps, found.frames) == (WIDTH, HEIGHT, Fraction(FPS), FRAMES)
    assert (found.codec, found.pix_fmt, found.profile) == ("h264", "yuv420p", "High")
    assert (found.key_frames, found.open_gops) == ((0, 12, 24, 36), 0)
    assert (found.is_steady, found.is_full_range, found.is_fast_start) == (True, False, True)
    assert (found.start_s, found.sample_aspect, found.sound) == (0.0, Fraction(1), None)
    assert found.duration_s == pytest.approx(FRAMES / FPS)


def test_a_strangers_file_is_described_as_it_is(other_clip: Path) -> None:
    found = frames.probe(other_clip)
    assert found.frames == 40
    assert found.open_gops > 0
    assert (found.is_steady, found.is_full_range, found.is_fast_start) == (False, True, False)
    assert found.sound is not None
    assert (found.sound.codec, found.sound.rate_hz, found.sound.channels) == ("aac", 44100, 1)
    assert found.sound.duration_s == pytest.approx(1.0, abs=0.03)
    assert [chapter.title for chapter in found.chapters] == ["Émile ☂"]


def test_luma_is_the_stored_plane_without_padding(clip: Path) -> None:
    planes = list(frames.luma_frames(clip))
    assert len(planes) == FRAMES
    assert {plane.shape for plane in planes} == {(HEIGHT, WIDTH)}
    weights = np.array([0.2126, 0.7152, 0.0722])
    for at in (0, 20, 36):
        wanted = picture(at) @ weights * 219 / 255 + 16
        assert np.abs(planes[at] - wanted).mean() < 1.5


def test_luma_outlives_the_decoder_and_cannot_be_written(clip: Path) -> None:
    kept = [plane for plane in frames.luma_frames(clip) if plane.any()]
    again = list(frames.luma_frames(clip))
    assert all(np.array_equal(one, other) for one, other in zip(kept, again, strict=True))
    with pytest.raises(ValueError, match="read-only"):
        kept[0][0, 0] = 1


def test_threads_change_nothing_but_the_time(clip: Path) -> None:
    for one, other in zip(frames.luma_frames(clip, threads=1), frames.luma_frames(clip, threads=0), strict=True):
        assert np.array_equal(one, other)


def test_colours_survive_the_way_through_a_clip(clip: Path) -> None:
    for at, shown in enumerate(frames.rgb_frames(clip, every=12)):
        for place, colour in enumerate(COLOURS):
            middle = place * WIDTH // 4 + WIDTH // 8
            assert shown[40, middle] == pytest.approx(colour, abs=4), f"frame {12 * at}"


@pytest.mark.parametrize(("every", "count"), [(1, 37), (10, 4), (36, 2), (37, 1), (500, 1)])
def test_every_nth_frame_starts_at_the_first(clip: Path, every: int, count: int) -> None:
    chosen = list(frames.rgb_frames(clip, every))
    assert len(chosen) == count
    assert np.array_equal(chosen[0], frames.frame_at(clip, 0))


def test_every_frame_can_be_fetched_alone(clip: Path) -> None:
    for at, shown in enumerate(frames.rgb_frames(clip)):
        assert np.array_equal(frames.frame_at(clip, at), shown)


def test_frames_kept_on_the_way_are_those_fetched_alone(clip: Path) -> None:
    kept = frames.FrameCapture(frozenset({0, 18, FRAMES - 1}))
    assert len(list(frames.luma_frames(clip, capture=kept))) == FRAMES
    assert sorted(kept.pictures) == [0, 18, FRAMES - 1]
    for at, shown in kept.pictures.items():
        assert np.array_equal(frames.frame_at(clip, at), shown)


def test_frames_of_open_groups_can_be_fetched_alone(other_clip: Path) -> None:
    for at, shown in enumerate(frames.rgb_frames(other_clip)):
        assert np.array_equal(frames.frame_at(other_clip, at), shown)


@pytest.mark.parametrize("index", [-1, FRAMES, 10_000])
def test_a_frame_outside_the_clip_is_refused(clip: Path, index: int) -> None:
    with pytest.raises(MediaError, match=f"frames 0 to {FRAMES - 1}"):
        frames.frame_at(clip, index)


def test_every_zeroth_frame_is_refused(clip: Path) -> None:
    with pytest.raises(ValueError, match="every is 0"):
        next(frames.rgb_frames(clip, 0))


@given(st.floats(0, 1, exclude_max=True))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_clip_cut_short_anywhere_is_an_error_not_a_short_clip(clip: Path, tmp_path: Path, share: float) -> None:
    whole = clip.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: int(share * len(whole))])
    for read in (frames.probe, lambda path: list(frames.luma_frames(path)), lambda path: list(frames.rgb_frames(path))):
        with pytest.raises(MediaError, match=r"cut\.mp4"):
            read(cut)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_clip_gives_all_its_frames_or_an_error(clip: Path, tmp_path: Path, seed: int) -> None:
    chance = np.random.default_rng(seed)
    content = bytearray(clip.read_bytes())
    for place in chance.integers(0, len(content), 40):
        content[place] = int(chance.integers(0, 256))
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(content)
    try:
        shapes = {plane.shape for plane in frames.luma_frames(damaged)}
        count = sum(1 for _ in frames.luma_frames(damaged))
    except MediaError:
        return
    assert len(shapes) == 1
    assert count == frames.probe(damaged).frames


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp4", b""),
        ("words.mp4", b"this is no video at all\n" * 50),
        ("list.mp4", b"ffconcat version 1.0\nfile 'clip.mp4'\n"),
        ("list.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nclip.mp4\n#EXT-X-ENDLIST\n"),
    ],
)
def test_what_is_no_video_is_refused(clip: Path, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "clip.mp4").write_bytes(clip.read_bytes())
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MediaError, match="cannot be read"):
        frames.probe(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.mp4", tmp_path):
        with pytest.raises(MediaError, match="is not a file"):
            list(frames.luma_frames(path))


def test_a_file_without_a_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=48000)
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
        samples.sample_rate = 48000
        out.mux(stream.encode(samples))
    with pytest.raises(MediaError, match="no picture stream"):
        frames.probe(path)


def test_a_file_that_claims_a_huge_picture_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clip: Path
) -> None:
    monkeypatch.setattr(frames, "MAX_SIDE_PX", WIDTH - 1)
    for read in (frames.probe, lambda path: list(frames.luma_frames(path)), lambda path: frames.frame_at(path, 0)):
        with pytest.raises(MediaError, match=f"{WIDTH}x{HEIGHT}"):
            read(clip)


def test_deep_colour_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
        for _ in range(3):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        out.mux(stream.encode(None))
    with pytest.raises(MediaError, match="yuv420p10le"):
        list(frames.luma_frames(path))


def test_leaving_early_closes_the_file(clip: Path) -> None:
    reader = frames.luma_frames(clip)
    next(reader)
    opened = {link.resolve() for link in Path("/proc/self/fd").iterdir() if link.exists()}
    assert clip.resolve() in opened
    del reader
    assert clip.resolve() not in {link.resolve() for link in Path("/proc/self/fd").iterdir() if link.exists()}
