/** The camera: a stream for looking, and one full picture when the button is pressed. */

const WANTED: MediaStreamConstraints = {
  audio: false,
  video: { facingMode: { ideal: "environment" }, width: { ideal: 2560 }, height: { ideal: 1920 } },
};
/** Some phones never answer `takePhoto`. */
const PATIENCE = 4_000;

interface StillCamera {
  takePhoto(): Promise<Blob>;
}

export async function openCamera(): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no camera here", "NotFoundError");
  return navigator.mediaDevices.getUserMedia(WANTED);
}

export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** A picture at the best the camera has; where the browser cannot, the frame that is on the screen. */
export async function takePicture(stream: MediaStream, video: HTMLVideoElement): Promise<Blob> {
  const Still = (globalThis as { ImageCapture?: new (track: MediaStreamTrack) => StillCamera }).ImageCapture;
  const [track] = stream.getVideoTracks();
  if (Still && track) {
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE));
    const photo = await Promise.race([new Still(track).takePhoto().catch(() => undefined), late]);
    if (photo?.size) return photo;
  }
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the frame is empty"))), "image/jpeg", 0.95);
  });
}
